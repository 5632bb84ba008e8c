"""`docpipe bench`: what each part did, its share of what the device does at best, and the same threads for both."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from docpipe.evaluation.speed import bench, peaks
from docpipe.evaluation.speed.bench import Bench, Part, bench_model, bench_text, engine_of
from docpipe.models.internvl2.checkpoint.config import CheckpointConfig
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.models.internvl2.roofline import Peaks, prefill_flops, vision_flops
from docpipe.pipeline.cluster.session import available_cpus
from docpipe.schemas.errors import InvalidJobError, MissingResourceError

from ...pipeline.outputs import Docpipe, pdf

PAGES, TILES, TOKENS = 3, 6, 6
SHARED = ("vision", "prefill", "decode", "together")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(published_size("1B"), tmp_path_factory.mktemp("bench") / "tiny", tiny=True)


@pytest.fixture(scope="module")
def config(model: Path) -> CheckpointConfig:
    return read_config(model)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pdf(tmp_path_factory.mktemp("in") / "a.pdf", "one", "two")


@pytest.fixture(scope="module")
def measured(model: Path, document: Path) -> Bench:
    settings, device = engine_of(model, "float32", "cpu")
    with pytest.MonkeyPatch.context() as patch:
        # A tiny model is far from any peak, so that other work on this machine cannot make a share of more than 1.
        found = iter([Peaks(0.8e15, 1e13), Peaks(1e15, 0.7e13)])
        patch.setattr(peaks, "measure_peaks", lambda device, dtype: next(found))
        return bench_model(settings, device, [document], PAGES, TILES, TOKENS)


def parts(found: Bench) -> dict[str, Part]:
    return {part.name: part for part in found.parts}


def test_each_part_counts_what_it_did(measured: Bench, config: CheckpointConfig) -> None:
    found = parts(measured)
    # A page of 3:2 is three by two tiles, and a thumbnail.
    tiles = PAGES * (TILES + 1)
    assert (measured.pages, found["draw"].count, found["tile"].count) == (PAGES, PAGES, tiles)
    assert found["vision"].count == tiles
    text, rest = divmod(found["prefill"].count - tiles * config.tokens_per_tile, PAGES)
    assert rest == 0
    assert 10 < text < 1000
    # Random weights never end an answer.
    assert found["decode"].count == PAGES * TOKENS
    assert measured.pages_per_second == pytest.approx(found["together"].rate)
    assert measured.tokens_per_second == pytest.approx(PAGES * TOKENS / found["together"].seconds)
    assert all(part.seconds > 0 for part in found.values())


def test_a_share_is_the_least_time_over_the_time_it_took(measured: Bench, config: CheckpointConfig) -> None:
    found = parts(measured)
    assert {name for name, part in found.items() if part.roofline is not None} == set(SHARED)
    least = {name: found[name].roofline * found[name].seconds for name in SHARED}  # type: ignore[operator]
    assert least["vision"] == pytest.approx(found["vision"].count * vision_flops(config) / measured.peak_flops)
    prompt = found["prefill"].count // PAGES
    assert least["prefill"] == pytest.approx(PAGES * prefill_flops(config, prompt) / measured.peak_flops)
    assert least["together"] == pytest.approx(least["vision"] + least["prefill"] + least["decode"])


def test_no_share_is_more_than_all(measured: Bench) -> None:
    assert all(0 < (part.roofline or 0) <= 1 for part in measured.parts if part.name in SHARED)
    assert bench._share(2.0, 2.0) == 1
    assert bench._share(2.1, 2.0) is None


def test_the_better_of_the_peaks_before_and_after_counts_and_their_difference_is_told(measured: Bench) -> None:
    assert (measured.peak_flops, measured.peak_bytes) == (1e15, 1e13)
    assert measured.steadiness == pytest.approx(0.7)
    assert "other work ran here, peaks before and after differ by 30%: shares are rough" in bench_text(measured)


@pytest.mark.parametrize("threads", [0, 1])
def test_the_peaks_and_the_engine_have_the_same_threads(
    model: Path, document: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    seen: list[int] = []

    def noted(device: torch.device, dtype: torch.dtype) -> Peaks:
        seen.append(torch.get_num_threads())
        return Peaks(1e12, 1e10)

    class Noted(bench.InternVL2Served):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            features = self._server.model.features

            def noting(*arguments: Any, **named: Any) -> Any:
                seen.append(torch.get_num_threads())
                return features(*arguments, **named)

            monkeypatch.setattr(self._server.model, "features", noting)

    monkeypatch.setattr(peaks, "measure_peaks", noted)
    monkeypatch.setattr(bench, "InternVL2Served", Noted)
    settings, device = engine_of(model, "float32", "cpu")
    before = torch.get_num_threads()
    found = bench_model(settings, device, [document], 1, 1, 2, threads)
    assert torch.get_num_threads() == before
    assert len(seen) > 1
    assert set(seen) == {found.threads} == {threads or available_cpus()}


def test_bench_prints_the_threads_and_the_shares(docpipe: Docpipe, model: Path, document: Path) -> None:
    arguments = ["bench", model, "--device", "cpu", "--dtype", "float32", "--documents", document.parent]
    arguments += ["--pages", "1", "--max-tiles", "1", "--new-tokens", "2", "--threads", "1"]
    told = docpipe(*map(str, arguments), "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert (found["device"], found["dtype"], found["threads"], found["pages"]) == ("cpu", "float32", 1, 1)
    named = {part["name"]: part for part in found["parts"]}
    assert list(named) == ["draw", "tile", *SHARED]
    assert all(part["rate"] == pytest.approx(part["count"] / part["seconds"]) for part in named.values())
    shares = [named[name]["roofline"] for name in SHARED]
    # None only where other work slowed the peaks down.
    assert all(share is None or 0 < share <= 1 for share in shares)
    shown = docpipe(*map(str, arguments)).stdout
    assert "float32 on cpu with 1 threads" in shown
    assert all(f"  {name} " in shown for name in SHARED)
    assert "at best, measured here: " in shown


def test_a_text_of_parts_has_a_line_each() -> None:
    found = Bench("m", "cpu", "float32", 2, 4, 1.5, 0.5, 20, 2e12, 3e10, 0.9, (Part("vision", 10, "tiles", 4.0, 0.25),))
    assert bench_text(found).splitlines() == [
        "m in float32 on cpu with 2 threads: loaded in 1.5 s",
        "0.50 pages/s, 20 new tokens/s over 4 pages",
        "at best, measured here: 2.00 Tflop/s, 30 GB/s",
        "  vision           2.5 tiles/s in 4.00 s, 25% of the roofline",
    ]


def test_what_is_not_known_or_not_there_is_told_with_its_exit_code(
    docpipe: Docpipe, model: Path, tmp_path: Path
) -> None:
    for option, value, known in (("--dtype", "int4", "float32"), ("--device", "tpu", "cpu or cuda")):
        refused = docpipe("bench", model, option, value)
        assert refused.returncode == 2
        assert f"{option}: '{value}' is not known; " in refused.stderr
        assert known in refused.stderr
    missing = docpipe("bench", tmp_path / "missing")
    assert missing.returncode == 4
    assert "missing" in missing.stderr
    empty = docpipe("bench", model, "--device", "cpu", "--documents", tmp_path)
    assert empty.returncode == 4
    assert "no page could be drawn" in empty.stderr


def test_settings_of_a_dtype_or_device_that_is_not_known_are_refused(model: Path) -> None:
    with pytest.raises(InvalidJobError, match="--device"):
        engine_of(model, "float32", "tpu")
    settings, device = engine_of(model, "auto", "cpu")
    assert device == "cpu"
    assert settings.dtype in ("float32", "bfloat16")
    with pytest.raises(MissingResourceError, match="no page could be drawn"):
        bench_model(settings, "cpu", [], 1, 1, 2)
