"""Of questions about the same images one goes first, and none is forgotten."""

from docpipe.models.internvl2.prefix_order import PrefixOrder


def test_followers_start_once_their_leader_is_through() -> None:
    order = PrefixOrder()
    page, other = (False, (0,)), (False, (256,))
    assert order.may_start(page, "a")
    assert not order.may_start(page, "b")
    assert not order.may_start(page, "c")
    assert order.may_start(other, "d")
    assert order.may_start((False, ()), "text only")
    assert order.leaders() == ["a", "d"]
    assert order.computed("a") == ["b", "c"]
    assert order.may_start(page, "e")
    assert order.leaders() == ["d"]


def test_the_two_forms_of_ids_share_nothing() -> None:
    order = PrefixOrder()
    assert order.may_start((False, (0,)), "short")
    assert order.may_start((True, (0,)), "long")


def test_a_released_image_is_forgotten() -> None:
    order = PrefixOrder()
    assert order.may_start((False, (0, 256)), "a")
    order.computed("a")
    order.forget(256)
    assert order.may_start((False, (0, 256)), "b")
    assert order.leaders() == ["b"]
