"""Tests that are coroutines run as those of the client do."""

from tests.bridge.conftest import pytest_pyfunc_call as pytest_pyfunc_call
