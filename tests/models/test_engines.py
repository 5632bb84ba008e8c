"""Every kind of engine and every text reader is described whole, wherever descriptions are kept."""

from typing import get_args

import pytest
from docpipe.models.engines import ENGINE_KINDS, kind_of
from docpipe.models.text_readers import LOADABLE_READERS
from docpipe.schemas.job.engines import BUILT_IN_KINDS, InternVL2Engine, LocalEngine, RemoteEngine
from docpipe.schemas.job.text_engines import TEXT_ENGINES, TEXT_READERS, TextLayerUse, text_engine


def test_every_kind_that_a_job_may_name_is_described() -> None:
    assert set(ENGINE_KINDS) == set(BUILT_IN_KINDS)
    for name, kind in ENGINE_KINDS.items():
        assert get_args(kind.settings.model_fields["kind"].annotation) == (name,)
        assert issubclass(kind.settings, LocalEngine | RemoteEngine)
        assert (kind.needed_bytes is None) == issubclass(kind.settings, RemoteEngine)
        assert bool(kind.packages) == bool(kind.fix)


def test_settings_of_no_kind_are_an_error() -> None:
    with pytest.raises(KeyError, match="abacus"):
        kind_of(InternVL2Engine.model_construct(kind="abacus"))  # type: ignore[arg-type]


def test_every_text_reader_can_be_loaded_and_is_an_engine() -> None:
    assert [reader.name for reader in TEXT_READERS] == list(LOADABLE_READERS)
    for reader in TEXT_READERS:
        engine = text_engine(reader.name)
        assert (engine.reader, engine.text_layer) == (reader, TextLayerUse.IGNORED)
        assert LOADABLE_READERS[reader.name].identity()
        assert reader.seconds > 0
    assert len({engine.name for engine in TEXT_ENGINES}) == len(TEXT_ENGINES)


def test_an_engine_that_never_looks_at_pixels_is_the_one_that_trusts_the_text_layer() -> None:
    for engine in TEXT_ENGINES:
        assert (engine.reader is None) == (engine.text_layer is TextLayerUse.TRUSTED), engine.name
