"""Models in memory: shared, counted, freed with the last user, or kept for a worker."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nodetool_jupyter.nodes.loaded_models import LoadedModels

ONE, TWO = (Path("one"), "cpu"), (Path("two"), "cuda:0")


class Loads:
    """Loads a new thing each time and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> object:
        self.count += 1
        return object()


def test_users_share_a_model_and_the_last_one_frees_it() -> None:
    freed: list[str] = []
    models, load = LoadedModels(freed.append), Loads()
    assert models.borrow(TWO, load) is models.borrow(TWO, load)
    models.give_back(TWO)
    assert (load.count, freed, list(models.now())) == (1, [], [TWO])
    models.give_back(TWO)
    assert (freed, models.now()) == (["cuda:0"], {})


def test_one_that_cannot_be_loaded_is_not_counted() -> None:
    def fail() -> object:
        raise ValueError("broken")

    models = LoadedModels()
    with pytest.raises(ValueError, match="broken"):
        models.borrow(ONE, fail)
    assert models.now() == {}


def test_a_kept_model_is_not_loaded_again() -> None:
    told: list[int] = []
    models, load = LoadedModels(), Loads()
    models.keep(lambda: told.append(1))
    first = models.borrow(ONE, load)
    models.give_back(ONE)
    assert (told, models.borrow(ONE, load) is first, load.count) == ([1], True, 1)


def test_what_is_in_use_is_not_freed() -> None:
    models = LoadedModels()
    models.keep(lambda: None)
    models.borrow(ONE, Loads())
    models.borrow(TWO, Loads())
    models.give_back(TWO)
    assert models.free(lambda key, since: True) == [TWO]
    assert list(models.now()) == [ONE]


def test_a_jobs_end_frees_what_only_its_nodes_used() -> None:
    models, load = LoadedModels(), Loads()
    models.keep(lambda: None)
    for key, by in ((ONE, ("job", "a")), (TWO, ("job", "a")), (TWO, ("other", "b"))):
        models.borrow(key, load, by)
        models.give_back(key)
    assert models.free_of("job", ["a", "c"]) == [ONE]
    assert models.free_of("job", ["a"]) == []
    assert models.free_of("other", ["b"]) == [TWO]


def test_threads_load_a_model_once() -> None:
    models, load = LoadedModels(), Loads()
    threads = [threading.Thread(target=models.borrow, args=(ONE, load)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (load.count, models.now()[ONE][0]) == (1, 8)
