"""The proof on arm64 runs programs with the layers that the stack gives each function."""

from cdk.functions import FUNCTIONS, LAYERS
from proofs.arm64.checks import LAYERS_OF, WITH_LIBRARIES


def test_the_layers_are_those_of_the_stack() -> None:
    declared = {function.name: set(function.layers) for function in FUNCTIONS}
    assert {name: declared[name] for name in LAYERS_OF} == {
        name: set(layers) for name, layers in LAYERS_OF.items()
    }


def test_every_layer_with_libraries_is_loaded() -> None:
    loaded = {layer for function in WITH_LIBRARIES for layer in LAYERS_OF[function]}
    assert set(LAYERS) - loaded == {"docs", "zones"}
