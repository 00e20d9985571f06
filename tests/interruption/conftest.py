import pytest

from tests.web.conftest import Desk, make_desk


@pytest.fixture
def desk(transactional_db) -> Desk:
    return make_desk()
