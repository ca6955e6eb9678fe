"""The words for a mistake: a factor, a coefficient, whole multiples, rows and blocks, what a precision allows."""

from __future__ import annotations

import math

import pytest

from gradproof.guess import Guess, Prediction
from gradproof.model import Estimate, Measurement, Reason
from gradproof.numerics.compare import Answer, Comparison
from gradproof.probe import Part, Probe
from gradproof.probing.blocks import full_lines, ranges_of
from gradproof.probing.diagnose import Suspect, diagnose, name_factor
from gradproof.probing.findings import name_block, unravel
from gradproof.probing.multiples import multiples_of
from gradproof.probing.precision import rounding_share, tolerance_of, zero_share
from gradproof.probing.reading import Reading
from gradproof.probing.why import sentence
from gradproof.seam import Leaf

# What a dtype allows.


@pytest.mark.parametrize(
    ("dtype", "tolerance", "rounding", "zero"),
    [
        ("float64", 1e-6, 0.0, 1000 * 2.0**-53),
        ("longdouble", 1e-6, 0.0, 1000 * 2.0**-53),
        ("complex of a later day", 1e-6, 0.0, 1000 * 2.0**-53),
        ("float32", 1e-4, 1e-6, 100 * 2.0**-24),
        ("float16", 3e-2, 3e-4, 100 * 2.0**-11),
        ("bfloat16", 1e-1, 1e-3, 100 * 2.0**-8),
    ],
)
def test_how_right_a_claim_of_a_dtype_can_be(dtype, tolerance, rounding, zero):
    assert tolerance_of(dtype) == tolerance
    assert rounding_share(dtype) == pytest.approx(rounding)
    assert zero_share(dtype) == pytest.approx(zero)


# Factors.


@pytest.mark.parametrize(
    ("value", "lengths", "words"),
    [
        (-1.0, (), "the sign is wrong"),
        (2.0, (), "2: a lost 1/2, or counted twice?"),
        (-2.0, (), "-2: a lost 1/2, or counted twice?"),
        (2.0, ((2, "the rows of x"),), "2: a lost 1/2, counted twice, or 2 = the rows of x?"),
        (0.5, (), "1/2: a lost factor 2?"),
        (-0.5, (), "-1/2: a lost factor 2?"),
        (0.5, ((7, "a"), (2, "b")), "1/2: a lost factor 2, or divided by 2 = b?"),
        (7.0, ((7, "the rows of x"),), "7 = the rows of x: a missing 1/7?"),
        (7.0, ((5, "a"), (7, "b")), "7 = b: a missing 1/7?"),
        (1 / 7, ((7, "the rows of x"),), "1/7, 7 = the rows of x: divided by it once too often?"),
        (1 / 7, ((5, "the rows of x"),), "1/7: a mean for a sum?"),
        (-1 / 7, (), "-1/7: a mean for a sum?"),
        (3.0, (), "3: 3/m where 1/m belongs, or a sum for a mean?"),
        (9.0, (), "9: 9/m where 1/m belongs, or a sum for a mean?"),
        (10.0, (), "10: a sum for a mean?"),
        (-64.0, (), "-64: a sum for a mean?"),
        (1000.0, (), "1000: a sum for a mean?"),
        (1e-3, (), "1/1000: a mean for a sum?"),
        (1001.0, (), ""),
        (1 / 1001, (), ""),
        (1.0, ((1, "a"),), ""),
        (1.7, (), ""),
        (2.5, ((5, "a"),), ""),
    ],
)
def test_a_factor_has_a_common_name_only_if_it_is_that_factor(value, lengths, words):
    assert name_factor(value, 0.0, lengths) == words
    assert name_factor(value * (1 + 9e-7), 0.0, lengths) == words
    if words:
        assert name_factor(value * (1 + 1e-5), 0.0, lengths) == ""
        assert name_factor(value * (1 + 1e-5), 1.1e-5 * abs(value), lengths) == words


def leaf(shape=(3, 4), dtype="float64", norm=1.0):
    return Leaf("W", shape, dtype, dtype, norm, norm, norm)


def reading(claimed, measured, error=1e-9, reason=None, weight=1.0):
    probe = Probe(0, (Part(0, weight),))
    estimate = Estimate(measured, error, reason=reason)
    return Reading(Measurement(probe, claimed, estimate), Comparison(Answer.DISAGREES, abs(claimed - measured), error))


def diagnosed(*pairs, entries=12, of=None, lengths=()):
    return diagnose(Suspect(of or leaf(), entries, tuple(reading(*pair) for pair in pairs), lengths))


@pytest.mark.parametrize(
    ("factor", "error", "number"),
    [
        (2.0, 1e-12, "2.000000"),
        (-0.25, 1e-12, "-0.250000"),
        (1234.5, 1e-9, "1234.500000"),
        (1e-3, 1e-15, "0.001000"),
        (9e-4, 1e-15, "0.0009"),
        (2e6, 1e-6, "2e+06"),
        # As many digits as the bar allows: 0.004 of it is known.
        (1.7, 4e-3, "1.70"),
        (1.7, 4e-4, "1.700"),
    ],
)
def test_a_constant_factor_is_told_with_the_digits_that_are_known(factor, error, number):
    found = diagnosed((factor * 3.0, 3.0, 3.0 * error / abs(factor)), (factor * -5.0, -5.0, 5.0 * error / abs(factor)))
    assert found.kind == "factor"
    assert found.text == f"yours is {number} x the measured gradient (all 12 entries)"
    assert found.ratio == pytest.approx(factor, rel=1e-9)
    assert error <= found.ratio_error <= 1.1 * error + 2e-12 * abs(factor)


def test_a_factor_of_one_entry_says_so():
    found = diagnosed((6.0, 3.0), (10.0, 5.0), entries=1, of=leaf(()))
    assert found.text.endswith("(its only entry)")


def test_a_factor_is_named_by_the_lengths_of_arguments_and_axes():
    assert "4 = axis 1 of it" in diagnosed((12.0, 3.0), (20.0, 5.0)).guess
    assert "4 = the columns of x" in diagnosed((12.0, 3.0), (20.0, 5.0), lengths=((4, "the columns of x"),)).guess


@pytest.mark.parametrize(
    "pairs",
    [
        # One direction proves no factor; two ratios; a slope that may be zero; one beside a kink; a factor of one.
        ((6.0, 3.0),),
        ((6.0, 3.0), (10.1, 5.0)),
        ((6.0, 3.0), (6e-9, 3e-9)),
        ((6.0, 3.0), (10.0, 5.0, 1e-9, Reason.KINK)),
        ((3.0 + 1e-7, 3.0, 1e-8), (5.0 + 2e-7, 5.0, 1e-8)),
        ((6.0, 3.0, 0.1), (10.0, 5.0, 0.1)),
    ],
)
def test_what_does_not_show_a_factor_gets_none(pairs):
    assert diagnosed(*pairs) is None


def test_rounding_of_a_coarse_claim_widens_the_bar_of_its_factor():
    pairs = (6.0, 3.0), (10.0, 5.0)
    double, single = diagnosed(*pairs), diagnosed(*pairs, of=leaf(dtype="float32"))
    # A millionth of the leaf's contribution, over a slope of 5.
    assert single.ratio_error - double.ratio_error == pytest.approx(1e-6 / 5.0, rel=1e-3)


def test_zeros_are_told_of_either_side():
    found = diagnosed((0.0, 3.0), (0.0, 5.0))
    assert (found.kind, found.ratio) == ("zero", 0.0)
    assert found.text == "yours is zero everywhere; the measured gradient is not"
    assert diagnosed((0.0, 3.0), entries=5).text.startswith("yours is zero in 5 entries;")
    assert diagnosed((0.0, 3.0), entries=1).text.startswith("yours is zero in 1 entry;")
    found = diagnosed((2.0, 0.0), (3.0, 1e-10))
    assert found.kind == "formula"
    assert found.text == "the measured gradient is zero; yours is not"
    assert diagnosed((2.0, 0.0), (3.0, 0.0), entries=5).text.startswith("the measured gradient is zero in 5 entries;")
    assert diagnosed((2.0, 0.0), (3.0, 1e-8)) is None
    assert diagnosed((2.0, 0.0)) is None


# Coefficients.


def said(relation, c, error=0.0, words="h", where=""):
    return sentence(Prediction(Guess("kind", words, relation, where=where), (), ()), c, error)


@pytest.mark.parametrize(
    ("relation", "c", "text"),
    [
        ("besides", 1.0, "yours lacks h"),
        ("besides", -1.0, "yours has h too much"),
        ("besides", 0.25, "yours lacks 0.25 * h"),
        ("besides", -3.0, "yours has 3 * h too much"),
        ("part", -0.5, "in yours h counts 2 times"),
        ("part", 1.0, "in yours h counts 0.5 times"),
        ("part", -1.0, "in yours h is there; it should be zero"),
        ("is", 1.0, "the measured gradient is h; yours is something else"),
        ("is", 2.0, "the measured gradient is 2 * h; yours is something else"),
        ("lacks", 1.0, "yours lacks the factor h"),
        ("lacks", 2.0, "yours lacks the factor h (and a factor 2)"),
        ("exceeds", 1.0, "yours has the factor h too much"),
        ("exceeds", 0.1, "yours has the factor h too much (and lacks a factor 0.1)"),
        ("instead", 1.0, "yours is h"),
        ("instead", 4.0, "yours is h, and 0.25 times that"),
        ("instead", -1.0, "yours is h, and -1 times that"),
    ],
)
def test_a_hypothesis_is_told_with_its_coefficient(relation, c, text):
    assert said(relation, c) == text
    # A whole number within a millionth, or within the bar.
    assert said(relation, c * (1 + 5e-7), 1e-12) in (text, said(relation, c * (1 + 5e-7)))
    assert said(relation, c * (1 + 1e-4), 2e-4 * abs(c)) == text


def test_where_a_hypothesis_differs_is_told():
    assert said("is", 1.0, where="row 3") == "the measured gradient is h; yours differs from it in row 3"


@pytest.mark.parametrize(
    ("c", "error", "words"),
    [
        (1.2345678, 0.0, "1.23457 * h"),
        (1.2345678, 1e-3, "1.23 * h"),
        (1.2345678, 1e-1, "h"),
        (123.45678, 1e-1, "123 * h"),
        (0.012345678, 1e-6, "0.01235 * h"),
        (1.000002, 0.0, "h"),
        (2.0000001, 0.0, "2 * h"),
        (2.00001, 0.0, "2.00001 * h"),
    ],
)
def test_a_coefficient_has_the_digits_that_are_known(c, error, words):
    assert said("besides", c, error) == f"yours lacks {words}"


def test_a_constant_in_every_entry_is_told_by_its_value():
    assert said("besides", 0.25, words="1 in every entry") == "yours lacks 0.25 in every entry"
    assert said("besides", 1.0, words="1 in every entry") == "yours lacks 1 in every entry"


# Whole multiples.


@pytest.mark.parametrize(
    ("ratios", "text"),
    [
        ([2.0, 3.0, 2.0], "yours has contributions more than once, differently by entry: yours / measured = 2, 3"),
        ([1 / 2, 1 / 3, 1 / 64], "yours lacks whole contributions, differently by entry: measured / yours = 2, 3, 64"),
        ([2.0, 64.0, 5.0 + 4e-6], "yours has contributions more than once, differently by entry: "
         "yours / measured = 2, 5, 64"),
    ],
)  # fmt: skip
def test_whole_multiples_are_told(ratios, text):
    found = multiples_of("W", ratios)
    assert (found.leaf, found.kind, found.text) == ("W", "multiples", text)
    assert found.guess in ("added again where it was there already?", "overwritten where it should be added?")


@pytest.mark.parametrize(
    "ratios",
    [
        # Too few; one factor for all; up and down; not whole; too large; negative; one that is not known, or zero.
        [2.0, 3.0],
        [2.0, 2.0, 2.0],
        [2.0, 0.5, 3.0],
        [2.0, 3.1, 2.0],
        [2.0, 3.0 + 1e-5, 2.0],
        [2.0, 65.0, 3.0],
        [1 / 2, 1 / 65, 1 / 3],
        [2.0, -3.0, 2.0],
        [2.0, None, 3.0, 2.0],
        [2.0, 3.0, 0.0, 2.0],
        [],
    ],
)
def test_what_is_no_whole_multiple_is_not_called_one(ratios):
    assert multiples_of("W", ratios) is None


def test_at_most_six_multiples_are_listed():
    found = multiples_of("W", [float(k) for k in range(2, 10)])
    assert found.text.endswith("= 2, 3, 4, 5, 6, 7, ...")
    assert multiples_of("W", [float(k) for k in range(2, 8)]).text.endswith("= 2, 3, 4, 5, 6, 7")


# Rows, columns, blocks.


def lines(flats, shape):
    blocks, left = full_lines(flats, shape)
    return [name_block(block, leaf(shape)) for block in blocks], left


SHAPE = (4, 6)
ROW, COLUMN = [6, 7, 8, 9, 10, 11], [2, 8, 14, 20]


@pytest.mark.parametrize(
    ("flats", "shape", "names", "left"),
    [
        (ROW, SHAPE, ["row 1"], set()),
        (COLUMN, SHAPE, ["column 2"], set()),
        ([*ROW, 0, 23], SHAPE, ["row 1"], {0, 23}),
        ([*ROW, *range(18, 24)], SHAPE, ["row 1", "row 3"], set()),
        ([0, 1, 6, 7], SHAPE, ["W[0:2, 0:2]"], set()),
        ([9, 10, 15, 16, 21, 22], SHAPE, ["W[1:4, 3:5]"], set()),
        ([0, 1, 6], SHAPE, [], {0, 1, 6}),
        ([0, 7], SHAPE, [], {0, 7}),
        ([], SHAPE, [], set()),
        # Three neighbours along one axis are a block; two are not.
        ([13, 14, 15], SHAPE, ["W[2, 1:4]"], set()),
        ([13, 14], SHAPE, [], {13, 14}),
        # A line of two entries is named by its entries.
        ([0, 1], (5, 2), [], {0, 1}),
        ([0, 2, 4, 6, 8], (5, 2), ["column 0"], set()),
        # Of a vector, runs of three or more.
        ([3, 4, 5], (9,), ["entries 3 to 5"], set()),
        ([0, 3, 4, 5, 6, 8], (9,), ["entries 3 to 6"], {0, 8}),
        ([0, 1, 2, 4, 5, 6], (9,), ["entries 0 to 2", "entries 4 to 6"], set()),
        ([3, 4], (9,), [], {3, 4}),
        # Of more axes, slices.
        (list(range(12, 24)), (3, 4, 3), ["W[1, :, :]"], set()),
        ([0, 1, 2, 12, 13, 14], (3, 4, 3), ["W[0:2, 0, :]"], set()),
    ],
)
def test_entries_that_fill_a_line_or_a_block_are_named_by_it(flats, shape, names, left):
    assert lines(flats, shape) == (names, left)


def test_ranges_of_a_block_cover_what_it_does_not_name():
    (block,), _ = full_lines(ROW, SHAPE)
    assert ranges_of(block, SHAPE) == ((1, 2), (0, 6))


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 3, 4)])
def test_a_flat_index_is_unravelled_in_c_order(shape):
    places = [unravel(flat, shape) for flat in range(math.prod(shape))]
    assert places == sorted(places)
    assert len(set(places)) == math.prod(shape)
    assert all(0 <= i < length for place in places for i, length in zip(place, shape, strict=True))
