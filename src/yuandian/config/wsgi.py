"""The WSGI application that the server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.umask(0o077)  # what the pages write is nobody else's to read
os.environ.setdefault("YUANDIAN_PATIENCE", "30")  # a page that takes longer helps nobody
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuandian.config.settings")
application = get_wsgi_application()
