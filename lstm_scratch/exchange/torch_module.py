"""The PyTorch module that a CharLM becomes; a module of its own, so that torch.save finds it by name."""

from typing import Any

import torch


class CharModule(torch.nn.Module):
    """ids (T, B) → one-hot → LSTM → logits (T, B, V).

    torch.save(module.state_dict(), path) saves the weights alone. torch.save(module, path) needs this package, and
    weights_only=False, to be loaded again.
    """

    def __init__(self, lstm: Any, output: Any) -> None:
        super().__init__()
        self.lstm = lstm
        self.output = output

    def forward(self, ids: Any, state: Any = None) -> tuple:
        """The logits (T, B, V), and the last state (h_T, c_T), each (1, B, H)."""
        x = torch.nn.functional.one_hot(ids, self.lstm.input_size).to(self.output.weight.dtype)
        h, state = self.lstm(x, state)
        return self.output(h), state
