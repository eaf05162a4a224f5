"""Train a CharLM on several processes or machines, with PyTorch's DistributedDataParallel: see the README.md here.

Each process, or rank, holds a copy of the model and reads its own share of the streams. After every backward pass the
gradients are averaged over all ranks, so all ranks take the step that one process would take on the whole batch.
"""

import argparse
import math
import os
import subprocess
import sys

import numpy as np

from lstm_scratch.char_model import CharLM
from lstm_scratch.checks import check_positive
from lstm_scratch.exchange.pytorch import from_torch, to_torch
from lstm_scratch.exchange.shared import need
from lstm_scratch.files import check_writable
from lstm_scratch.text import Vocabulary, batches, read_text

NUMBERS = {"epochs": 1, "batch_size": 32, "seq_length": 64, "learning_rate": 1e-3, "hidden_size": 128, "processes": 2}


def prepare(options: argparse.Namespace, ranks: int) -> tuple[CharLM, np.ndarray]:
    """The model, and the text as ids (N,). Raises ValueError or OSError for anything that would stop the ranks."""
    check_positive(**{name: getattr(options, name) for name in NUMBERS})
    check_writable(options.output)
    text = read_text(options.text)
    model = CharLM.load(options.model) if options.model else CharLM(Vocabulary.from_text(text), options.hidden_size)
    ids = model.vocabulary.encode(text)
    if options.batch_size % ranks:
        raise ValueError(f"a batch of {options.batch_size} streams cannot be divided equally among {ranks} ranks")
    # raises ValueError if the text is shorter than one window
    next(batches(ids, options.batch_size, options.seq_length))
    return model, ids


def train_rank(model: CharLM, ids: np.ndarray, options: argparse.Namespace) -> None:
    """Train as one rank of the group that torchrun has started; rank 0 writes the trained model."""
    torch = need("torch")
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    ranks = torch.distributed.get_world_size()
    module = torch.nn.parallel.DistributedDataParallel(to_torch(model))
    optimizer = torch.optim.Adam(module.parameters(), options.learning_rate)
    for epoch in range(1, options.epochs + 1):
        state = None
        losses = []
        for window in batches(ids, options.batch_size, options.seq_length):
            # this rank reads one stream in every `ranks`, beginning with the stream of its own number
            inputs, targets = (torch.tensor(streams[:, rank::ranks]) for streams in window)
            logits, state = module(inputs, state)
            # the state is carried into the next window, the gradient is not
            state = tuple(part.detach() for part in state)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            # DistributedDataParallel averages the gradients over all ranks here
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        if rank == 0:
            print(f"epoch {epoch}: {np.mean(losses) / math.log(2):.3f} bits per character on rank 0's streams")
    if rank == 0:
        trained = from_torch(module.module.lstm, module.module.output, model.vocabulary)
        assert isinstance(trained, CharLM)
        trained.save(options.output)
    # the ranks wait for each other, because one that left early would stop the others
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def main() -> int:
    """The command: check everything and start the ranks, or run as one of them; return the exit status."""
    parser = argparse.ArgumentParser(description="train a CharLM on several processes")
    parser.add_argument("text", help="a UTF-8 text file")
    parser.add_argument("output", help="file to write the trained model to")
    parser.add_argument("--model", help="model to start from; without it, a new one of --hidden-size is trained")
    for name, default in NUMBERS.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help="(%(default)s)")
    options = parser.parse_args()
    try:
        # torchrun tells each rank how many there are
        model, ids = prepare(options, int(os.environ.get("WORLD_SIZE", options.processes)))
        if "RANK" in os.environ:
            train_rank(model, ids, options)
            return 0
        need("torch")
    except (ValueError, OSError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={options.processes}"]
    this = ["-m", "lstm_scratch.exchange.distributed", *sys.argv[1:]]
    return subprocess.call([sys.executable, "-m", *launcher, *this])


if __name__ == "__main__":
    sys.exit(main())
