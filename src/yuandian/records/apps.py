from django.apps import AppConfig
from django.core.checks import Tags, register

from yuandian.records.role import check_database


class RecordsConfig(AppConfig):
    name = "yuandian.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_database, Tags.database)
