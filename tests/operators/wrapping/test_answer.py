"""What models wrap around an answer is taken off; the answer itself is never shortened."""

import json
from pathlib import Path
from typing import Any

import pytest
from docpipe.operators.values.answers import parse_answer
from docpipe.operators.wrapping.answer import bare_answer
from docpipe.operators.wrapping.output import only_thinks
from hypothesis import assume, given
from hypothesis import strategies as st

CASES = json.loads((Path(__file__).parents[2] / "data/cases/10_wrapped_answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:30].encode("unicode_escape").decode())
def test_the_reported_wrappers_are_taken_off(case: dict[str, Any]) -> None:
    value = parse_answer(case["text"], case["type"])
    assert value is not None
    if case["type"] == "money":
        assert (value.number, value.currency) == (1334.49, "CHF")
    else:
        assert value.text in ("RX-20731", "Müller & Sons Ltd.", "4711")
        assert value.text in case["right"] or case["right"].startswith("no NUL")


@pytest.mark.parametrize(
    "text",
    [
        "<thinking>\nRX-1?\n</thinking>\nRX-20731",
        "<think>\n\n</think>\n\nRX-20731",
        "RX-1 at first</think>RX-20731",
        "<think><think>RX-1</think>RX-2</think>RX-20731",
        "<|think|>RX-1<|/think|>RX-20731",
        '{"answer": "RX-20731"',
        '[{"reason": "RX-1 is another one", "answer": "RX-20731"',
        '{"answer": "RX-20731"}{"answer": "RX-20731"}',
        '{"answer": "RX-20731"}\n{"answer": "RX-20731"}',
        "RX-20731 (confidence: 95%)",
        "RX-20731\n\n[Confidence: high]",
        r"RX\-20731",
        "◁think▷RX-1◁/think▷RX-20731",
        "<|channel|>analysis<|message|>RX-1<|end|><|start|>assistant<|channel|>final<|message|>RX-20731<|return|>",
        "<|begin_of_box|>RX-20731<|end_of_box|>",
        "<|im_start|>assistant\nRX-20731<|im_end|>\n<|im_start|>user\nAnd the date?",
        "RX-20731</s>",
        "RX-20731<｜end▁of▁sentence｜>",
        "<end_of_turn>RX-20731<end_of_turn>",
        '```json\n{\n  "invoice_number": "RX-20731"\n}\n```',
        '{"answer": {"value": "RX-20731"}, "confidence": 0.9}',
        '[{"answer": "RX-20731", "explanation": "RX-1 is another one"}]',
        "{'answer': 'RX-20731'}",
        '<tool_call>{"name": "answer", "arguments": {"answer": "RX-20731"}}</tool_call>',
        "<answer>RX-20731</answer>",
        "```RX-20731```",
        "RX-20731\n```",
        "**Answer:** RX-20731",
        "### Answer\nRX-20731",
        "Antwort: RX-20731",
        "Réponse : RX-20731",
        "答案：RX-20731",
        "Question: Which number?\nAnswer: RX-20731",
        "The number RX-1 is an order.\n\nFinal answer: RX-20731",
        "The final answer is \\boxed{\\text{RX-20731}}",
        "The invoice number is **RX-20731**.",
        'The invoice number is "RX-20731".',
        "Sure! Here is the answer:\n\nRX-20731",
        "Based on the image, the invoice number is:\n\n**RX-20731**",
        "Based on the document, RX-20731",
        "RX-20731\n\nLet me know if you need anything else!",
        "RX-20731\n\nThe invoice number is found at the top of the page.",
        "RX-20731 (Explanation: at the top)",
        "RX-20731\n\n**Begründung:** oben",
        "„RX-20731“",
        "RX&#45;20731",
        "<p><b>RX-20731</b></p>",
        "- RX-20731",
        "\ufeffRX-\x0820731\r\n",
        "<|object_ref_start|>RX-20731<|object_ref_end|><|box_start|>(425,505),(470,525)<|box_end|>",
        '```json\n[{"bbox_2d": [425, 505, 470, 525], "text_content": "RX-20731"}]\n```',
        "**Answer: RX-20731**",
        "`Answer: RX-20731`",
        "## Final Answer\n\n**RX-20731**",
        "Answer\n------\nRX-20731",
        "- **Answer**: RX-20731",
        "1. **Answer:** RX-20731",
        "> **RX-20731**",
        "| RX-20731 |",
        "答案是：RX-20731",
        "Extracted text: RX-20731",
        "[ANSWER] RX-20731 [/ANSWER]",
        "<ans>RX-20731</ans>",
        "RX-20731</answer>",
        "RX-20731```",
        '"""RX-20731"""',
        "'''\nRX-20731\n'''",
        "»RX-20731«",
        "‚RX-20731‘",
        '"answer": "RX-20731"',
        "<b>RX-20731</b>.",
        "RX-20731\nConfidence: 0.95",
        "RX-20731, confidence: 0.9",
        "RX-20731\nBounding box: [425, 505, 470, 525]",
        "RX-20731 (found at the top of the page)",
        "<loc_12><loc_34><loc_56><loc_78>RX-20731",
        "RX-20731<loc0012><loc0034><loc0056><loc0078>",
        "\x1b[1mRX-20731\x1b[0m",
        r"RX-20731\n",
        "Thinking...\nRX-1?\n...done thinking.\n\nRX-20731",
    ],
)
def test_wrappers_of_other_models_are_taken_off(text: str) -> None:
    assert bare_answer(text) == "RX-20731"


@pytest.mark.parametrize(
    "text",
    [
        "AT&T",
        "Net 30\nNote: late fee of 2 %",
        "First line\nSecond line\n\nThird line",
        'Model "X"',
        "5 * 6 * 7",
        "Invoice number: RX-20731",
        "https://example.com/answer?x=1",
        "The buyer shall pay.\n\nThe seller shall deliver.",
        "1. RX-20731",
        "-45.00",
        "[1, 2]",
        "f(x) <think",
        "Result: negative",
        r"C:\data\n",
        "- ½",
        "> 5",
        "Level: high, confidence high",
        "Rise (at the top of the page)",
        "| a | b |",
        "Total ```x```",
        "[answers] below",
    ],
)
def test_what_a_document_may_print_is_kept(text: str) -> None:
    assert bare_answer(text) == text


AROUND_OUTPUTS = (
    "{}",
    "<think>it is 7, or 8</think>\n{}",
    "it is 7, or 8\n</think>\n\n{}",
    "<|channel|>analysis<|message|>7?<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
    "<|im_start|>assistant\n{}<|im_end|>",
    "{}</s>\n",
    "<|begin_of_box|>{}<|end_of_box|>",
    "\x00\ufeff{}\r\n\x1b[0m",
)
AROUND_ANSWERS = (
    "Answer: {}",
    "**Final answer:** {}",
    "**Answer: {}**",
    "## Answer\n\n{}",
    "<answer>\n{}\n</answer>",
    "```\n{}\n```",
    "{}\n\nExplanation: it stands at the top.",
    "{}\n\n**Note:** it stands at the top.",
    "{}\n\nLet me know if you need more.",
    "Sure! Here is the answer:\n\n{}",
    "{} (confidence: 0.9)",
    "[ANSWER]{}[/ANSWER]",
)
# What a document prints in one line: names with a full stop, numbers with signs and marks, letters of any script.
PRINTED = st.from_regex(r"[-+]?[\w€$£¥(][\w €$£%&/.,'’:#+()°–-]{0,24}", fullmatch=True)


@given(PRINTED, st.sampled_from(AROUND_ANSWERS), st.sampled_from(AROUND_OUTPUTS))
def test_an_answer_comes_out_of_its_wrappers_as_it_went_in(answer: str, inner: str, outer: str) -> None:
    assume(bare_answer(answer) == answer)
    assert bare_answer(outer.replace("{}", inner.replace("{}", answer))) == answer


@given(PRINTED)
def test_an_answer_in_json_comes_out_whole(answer: str) -> None:
    assume(bare_answer(answer) == answer)
    written = json.dumps(answer)
    for form in ('{"answer": %s}', '```json\n[{"answer": %s, "confidence": 0.9}]\n```', '"answer": %s'):
        assert bare_answer(form % written) == answer


@given(st.text(st.one_of(st.sampled_from("<>{}[]|*_`\"'\\$:\n \x1b\x00#-"), st.characters()), max_size=60))
def test_any_output_has_an_answer_that_can_be_stored(output: str) -> None:
    answer = bare_answer(output)
    assert not any(character < " " and character not in "\t\n" for character in answer)
    answer.encode()


def test_json_numbers_have_a_decimal_point_and_null_is_not_found() -> None:
    amount = parse_answer('{"amount": 1334.49, "currency": "CHF"}', "money")
    assert amount is not None
    assert (amount.number, amount.currency) == (1334.49, "CHF")
    exact = parse_answer('{"answer": 1.234}', "money")
    assert exact is not None
    assert exact.number == 1.234
    assert parse_answer('{"answer": null}', "string") is None
    yes = parse_answer('{"answer": true}', "boolean")
    assert yes is not None
    assert yes.boolean


def test_an_entity_is_a_bound_where_it_stands_for_one() -> None:
    with pytest.raises(ValueError, match="not one number"):
        parse_answer("&lt;5", "number")


def test_a_thought_without_an_answer_is_told_from_an_answer() -> None:
    assert only_thinks("<think>The total is 5, or")
    assert only_thinks("<|channel|>analysis<|message|>We need the total")
    assert not only_thinks("<think>It is 5.</think>5")
    assert not only_thinks("5")


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "RX-1"}\n{"answer": "RX-2"}',
        '{"answer": "RX-2',
        '{"answer": 12.5',
        '{"a": "x", "b"',
        r"C:\_temp\x",
        "Grade (score A)",
        "Level of confidence (high)",
    ],
)
def test_answers_that_contradict_or_may_be_cut_stay_as_they_are(text: str) -> None:
    assert bare_answer(text) == text
