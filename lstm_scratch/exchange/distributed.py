"""Training goes on with PyTorch's DistributedDataParallel, on as many processes and machines as there are.

    torchrun --nproc-per-node 2 -m lstm_scratch.exchange.distributed model.npz text.txt trained.npz --epochs 1

Each process ("rank") holds a whole copy of the model and reads its own share of the streams; after every backward
pass the gradients of all ranks are averaged, so that all of them take the same step. For several machines, see
torchrun's --nnodes and --rdzv-endpoint; for graphics cards, exchange "gloo" for "nccl" and move the module to its card.
"""

import argparse
import math

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.exchange import from_torch, to_torch
from lstm_scratch.exchange.frameworks import need
from lstm_scratch.text import batches, read_text


def go_on(
    model: CharLM, text: str, *, epochs: int, batch_size: int, seq_length: int, learning_rate: float, clip: float = 1.0
) -> CharLM:
    """Train on, within a process group; return the trained model, the same on every rank.

    batch_size counts the streams of all ranks together. Raises ValueError unless it can be shared out equally.
    """
    torch = need("torch", "torch")
    rank, ranks = torch.distributed.get_rank(), torch.distributed.get_world_size()
    if batch_size % ranks:
        raise ValueError(f"a batch of {batch_size} streams cannot be shared out equally among {ranks} ranks")
    module = torch.nn.parallel.DistributedDataParallel(to_torch(model))
    optimizer = torch.optim.Adam(module.parameters(), learning_rate)
    for epoch in range(epochs):
        state, losses = None, []
        for window in batches(model.vocabulary.encode(text), batch_size, seq_length):
            # this rank's streams: every so-and-so-many-th column
            inputs, targets = (torch.from_numpy(np.ascontiguousarray(ids[:, rank::ranks])) for ids in window)
            logits, state = module(inputs, state)
            # the memory goes on into the next window, the gradient does not
            state = tuple(part.detach() for part in state)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            # here the ranks talk to each other: the gradients become the mean over all of them
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), clip)
            optimizer.step()
            losses.append(loss.item())
        if rank == 0:
            print(f"epoch {epoch + 1}: {np.mean(losses) / math.log(2):.3f} bits per character on rank 0's streams")
    trained = from_torch(module.module)
    assert isinstance(trained, CharLM)
    return trained


def main() -> None:
    """The command that torchrun starts once for each rank."""
    parser = argparse.ArgumentParser(description="go on training a CharLM on all ranks of a torchrun")
    for name in ("model", "text", "output"):
        parser.add_argument(name)
    for name, default in (("epochs", 1), ("batch-size", 32), ("seq-length", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    options = vars(parser.parse_args())
    path, text, output = (options.pop(name) for name in ("model", "text", "output"))

    distributed = need("torch", "torch").distributed
    distributed.init_process_group("gloo")
    trained = go_on(CharLM.load(path), read_text(text), **options)
    if distributed.get_rank() == 0:
        trained.save(output)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
