"""The ceilings of InternVL2 on GPUs, computed from the shapes of the models and the data sheets; nothing is run.

    python benchmarks/serving/ceiling.py [--tiles 7 13] [--new-tokens 400]

Prints a table of Markdown: pages a second at most, and the milliseconds of each part, for one H100 SXM, and for several
for the models that do not fit one. A page has one image, 100 tokens of template and question, and an answer.
"""

import argparse
from pathlib import Path

from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config
from docpipe.models.internvl2.roofline import H100, ceiling

MODELS = (("1B", 1), ("2B", 1), ("4B", 1), ("8B", 1), ("26B", 1), ("40B", 2), ("40B", 4), ("76B", 4), ("76B", 8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", nargs="+", type=int, default=[7, 13])
    parser.add_argument("--new-tokens", type=int, default=400)
    arguments = parser.parse_args()
    print("| model | H100 | tiles | vision, ms | prompt, ms | answer, ms | answers together | pages/s at most |")
    print("|---|---|---|---|---|---|---|---|")
    for name, gpus in MODELS:
        config = shape_config(published_size(name), Path(name))
        for tiles in arguments.tiles:
            found = ceiling(config, H100, tiles=tiles, text_tokens=100, new_tokens=arguments.new_tokens, gpus=gpus)
            parts = " | ".join(f"{1000 * part:.1f}" for part in (found.vision, found.prefill, found.decode))
            print(f"| {name} | {gpus} | {tiles} | {parts} | {found.together} | {found.pages_per_second:.1f} |")


if __name__ == "__main__":
    main()
