"""Uploaded files go straight to disk, from people who may import, up to a size that is told when it is passed."""

from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from yuandian.operations.know.storing import folder
from yuandian.web.policy import may_open

TOO_LARGE = "upload_is_too_large"
"""The attribute of a request whose file was larger than `settings.UPLOAD_LIMIT`; nothing of it is kept."""


class Received(TemporaryUploadedFile):
    """A temporary file beside where the upload will lie, so that it is moved and not copied."""

    def __init__(self, *described: Any) -> None:
        file = NamedTemporaryFile(dir=folder(), prefix="coming-")  # noqa: SIM115  closed with the request
        UploadedFile.__init__(self, file, *described)


class Receiver(TemporaryFileUploadHandler):
    """Runs before the view does, even before the form's token is looked at: it trusts nobody."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        user = getattr(self.request, "user", None)
        if not may_open(getattr(user, "role", ""), "setup:import_new"):
            raise SkipFile
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = Received(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.UPLOAD_LIMIT:
            setattr(self.request, TOO_LARGE, True)
            raise SkipFile
        super().receive_data_chunk(raw_data, start)


def received(request: HttpRequest) -> TemporaryUploadedFile | None:
    """The file of the form, if there is one."""
    file = request.FILES.get("file")
    return file if isinstance(file, TemporaryUploadedFile) else None


def is_too_large(request: HttpRequest) -> bool:
    return bool(getattr(request, TOO_LARGE, False))
