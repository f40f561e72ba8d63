"""Each kind of step with cases worked by hand."""

import math

from dropcast.scoring import Program
from tests.scoring.programs import (
    BOOSTED,
    ISOTONIC,
    LOOK_UP,
    NAN,
    SVC,
    TREES,
    Made,
    make_program,
    step,
)

# A chain, how many features it takes, how many values it gives, and worked cases.
Example = tuple[tuple[Made, ...], int, int, list[tuple[list[float], list[float]]]]
THIRD = 1 / 3

EXAMPLES: dict[str, Example] = {
    "fill": (
        (step("fill", values=[NAN, 7]),),
        2,
        2,
        [([1, NAN], [1, 7]), ([NAN, 2], [NAN, 2]), ([NAN, NAN], [NAN, 7])],
    ),
    "one_hot where missing is a category": (
        (step("one_hot", position=[1], keys=[2, 5], missing=[1]),),
        3,
        5,
        [
            ([9, 2, 8], [9, 8, 1, 0, 0]),
            ([9, 5, 8], [9, 8, 0, 1, 0]),
            ([9, NAN, 8], [9, 8, 0, 0, 1]),
            ([9, 3, 8], [9, 8, 0, 0, 0]),
            ([9, 6, 8], [9, 8, 0, 0, 0]),
        ],
    ),
    "one_hot where missing is none": (
        (step("one_hot", position=[0], keys=[2, 5], missing=[0]),),
        2,
        3,
        [([5, 8], [8, 0, 1]), ([NAN, 8], [8, 0, 0]), ([1, 8], [8, 0, 0])],
    ),
    "one_hot of nothing but missing": (
        (step("one_hot", position=[0], keys=[], missing=[1]),),
        1,
        1,
        [([NAN], [1]), ([4], [0])],
    ),
    "look_up": (
        (step("look_up", **LOOK_UP),),
        2,
        3,
        [
            ([2, 9], [9, 1, 2]),
            ([5, 9], [9, 3, 4]),
            ([3, 9], [9, 0.5, 0.25]),
            ([math.inf, 9], [9, 0.5, 0.25]),
            ([NAN, 9], [9, 7, 8]),
        ],
    ),
    "look_up without keys": (
        (step("look_up", position=[0], keys=[], table=[], default=[3], missing=[4]),),
        1,
        1,
        [([1], [3]), ([NAN], [4])],
    ),
    "gather": ((step("gather", inputs=[2, 0, 2]),), 3, 3, [([1, 2, 3], [3, 1, 3])]),
    "standard_scale": (
        (step("standard_scale", mean=[1, 2], deviation=[2, 4]),),
        2,
        2,
        [([3, 4], [1, 0.5]), ([1, -2], [0, -1])],
    ),
    "min_max_scale": (
        (step("min_max_scale", factor=[0.5, 2], offset=[1, -1]),),
        2,
        2,
        [([2, 3], [2, 5])],
    ),
    "linear": (
        (step("linear", coefficients=[1, 2, 3, 4, 5, 6], intercept=[0.5, 0, -1]),),
        2,
        3,
        [([1, 10], [21.5, 43, 64]), ([0, 0], [0.5, 0, -1])],
    ),
    # Dot products with the vectors: 3 and 7; squared distances: 1 and 13.
    "svc, linear": ((step("svc", kernel=[0], **SVC),), 2, 1, [([1, 1], [6 - 7 + 0.25])]),
    "svc, polynomial": (
        (step("svc", kernel=[1], **SVC),),
        2,
        1,
        [([1, 1], [2 * 2.5**3 - 4.5**3 + 0.25])],
    ),
    "svc, radial": (
        (step("svc", kernel=[2], **SVC),),
        2,
        1,
        [([1, 1], [2 * math.exp(-0.5) - math.exp(-6.5) + 0.25])],
    ),
    # Of each class one vector, 1, 2 and 3; the squares of the products with x are 1, 4 and 9.
    "svc of three classes": (
        (
            step(
                "svc",
                kernel=[1],
                gamma=[1],
                coef0=[0],
                degree=[2],
                counts=[1, 1, 1],
                vectors=[1, 2, 3],
                dual=[1, -1, 2, 3, 4, -2],
                intercept=[0.5, 0, -1],
            ),
        ),
        1,
        3,
        [([1], [1 - 4 + 0.5, 3 + 2 * 9, 4 * 4 - 2 * 9 - 1])],
    ),
    # Votes: 0 beats 1, 2 beats 0, 1 beats 2; what the pairs say adds up to -1, -1 and 2.
    "one_vs_one": (
        (step("one_vs_one", classes=[3]),),
        3,
        3,
        [([2, -3, 1], [1 - 1 / 6, 1 - 1 / 6, 1 + 2 / 9]), ([0, 0, 0], [2, 1, 0])],
    ),
    "forest of one": (
        (step("forest", **TREES, width=[1], leaf_values=[1, 2, 4, 8]),),
        2,
        1,
        # 1 + 2^-40 is 1 in float32.
        [([1, 0], [4.5]), ([1 + 2**-40, 0], [4.5]), ([2, 0.25], [5]), ([2, 1], [6])],
    ),
    "forest of two": (
        (step("forest", **TREES, width=[2], leaf_values=[1, 0, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25]),),
        2,
        2,
        [
            ([1, 0], [0.875, 0.125]),
            ([2, 0.25], [0.5, 0.5]),
            ([2, 1], [0.625, 0.375]),
            ([NAN, 0], [0.875, 0.125]),
            ([2, NAN], [0.625, 0.375]),
        ],
    ),
    "forest of three": (
        (step("forest", **TREES, width=[3], leaf_values=[1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0]),),
        2,
        3,
        [([1, 0], [0.75, 0.25, 0]), ([2, 0], [0.25, 0.75, 0]), ([2, 1], [0.25, 0.25, 0.5])],
    ),
    "boosted": (
        (step("boosted", **BOOSTED),),
        2,
        1,
        [
            ([1, 0], [0.125 - 1 + 0.25]),
            ([1 + 2**-40, 0], [0.125 + 0.5 + 0.25]),
            ([2, 1], [0.125 + 2 + 0.25]),
            ([NAN, 1], [0.125 - 1 + 0.25]),
            ([2, NAN], [0.125 + 2 + 0.25]),
        ],
    ),
    # Categories 0 and 9 go left at the first node.
    "boosted by categories": (
        (
            step(
                "boosted",
                **{
                    **BOOSTED,
                    "category_set": [0, -1],
                    "category_sets": [1, 2, *[0] * 30],
                },
            ),
        ),
        2,
        1,
        [
            ([0, 0], [0.125 - 1 + 0.25]),
            ([9, 0], [0.125 - 1 + 0.25]),
            ([1, 0], [0.125 + 0.5 + 0.25]),
            ([255, 1], [0.125 + 2 + 0.25]),
            ([256, 1], [0.125 - 1 + 0.25]),
            ([-1, 1], [0.125 - 1 + 0.25]),
            ([NAN, 1], [0.125 - 1 + 0.25]),
        ],
    ),
    "boosted, three outputs": (
        (step("boosted", **{**BOOSTED, "baseline": [0, 0.5, 1], "tree_output": [2, 0]}),),
        2,
        3,
        [([1, 0], [0.25, 0.5, 0]), ([2, 1], [0.25, 0.5, 3])],
    ),
    # In float32 one is lost beside 2^24; in float64 it is not.
    "boosted32 sums in float32": (
        (step("boosted32", **{**BOOSTED, "leaf_values": [2**24, 0, 0.125, 1], "baseline": [1]}),),
        2,
        1,
        [([1, 0], [2**24]), ([1 + 2**-40, 0], [2**24]), ([2, 0], [2])],
    ),
    "boosted sums in float64": (
        (step("boosted", **{**BOOSTED, "leaf_values": [2**24, 0, 0.1, 1], "baseline": [1]}),),
        2,
        1,
        [([1, 0], [2**24 + 2])],
    ),
    "boosted32, three outputs": (
        (step("boosted32", **{**BOOSTED, "baseline": [0, 0.5, 1], "tree_output": [2, 0]}),),
        2,
        3,
        [([1, 0], [0.25, 0.5, 0]), ([2, NAN], [0.25, 0.5, 3])],
    ),
    "constant": ((step("constant", values=[0.25, 0.75]),), 2, 2, [([1, NAN], [0.25, 0.75])]),
    "sigmoid": (
        (step("sigmoid"),),
        1,
        2,
        [([0], [0.5, 0.5]), ([1e300], [0, 1]), ([-1e300], [1, 0])],
    ),
    "softmax": (
        (step("softmax"),),
        3,
        3,
        [
            ([0, 0, -1e300], [0.5, 0.5, 0]),
            ([1e300, 0, 0], [1, 0, 0]),
            ([5, 5, 5], [THIRD, THIRD, THIRD]),
        ],
    ),
    "calibrate_sigmoid of two": (
        (step("calibrate_sigmoid", slope=[-2], offset=[1]),),
        1,
        2,
        [([0.5], [0.5, 0.5]), ([1e300], [0, 1])],
    ),
    "calibrate_sigmoid of three": (
        (step("calibrate_sigmoid", slope=[-1, -1, -1], offset=[0, 0, 0]),),
        3,
        3,
        [([0, 0, 1e300], [0.25, 0.25, 0.5]), ([-1e300] * 3, [THIRD] * 3)],
    ),
    "calibrate_isotonic of two": (
        (step("calibrate_isotonic", **ISOTONIC),),
        1,
        2,
        [
            ([0.5], [0.75, 0.25]),
            ([1], [0.5, 0.5]),
            ([-9], [1, 0]),
            ([9], [0, 1]),
            ([NAN], [NAN, NAN]),
        ],
    ),
    "calibrate_isotonic of three": (
        (
            step(
                "calibrate_isotonic",
                starts=[0, 2, 3, 5],
                x=[0, 1, 7, 0, 4],
                y=[0, 1, 0.5, 0, 0.5],
            ),
        ),
        3,
        3,
        [([1, 0, 9], [0.5, 0.25, 0.25]), ([0, 0, 0], [0, 1, 0])],
    ),
}


def make_example(name: str) -> Program:
    chain, width, outputs, _ = EXAMPLES[name]
    return make_program(*chain, width=width, outputs=outputs)
