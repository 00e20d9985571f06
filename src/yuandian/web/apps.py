from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "yuandian.web"
    label = "web"
