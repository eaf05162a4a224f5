"""How fast is it? `python tests/benchmark.py [--threads N] [--large]` prints one table and writes nothing.

Each row times one whole training step (forward, loss, backward, clip, Adam) on one-hot characters in
float32, beside the same step in PyTorch where that is installed, and beside the bare matrix products of
our step: the floor that NumPy's BLAS allows. Both sides run in turns in one process, on as many threads.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
# the package need not be installed: it lies beside this folder
sys.path.insert(0, str(ROOT))

from lstm_scratch.char_model import CharLM
from lstm_scratch.optimizers import Adam, clip_by_global_norm
from lstm_scratch.text import Vocabulary

SYMBOLS = 65
# name: hidden size H, batch B, time steps T
SIZES = {"seed": (10, 1, 25), "notebook": (128, 32, 64), "big": (256, 64, 128), "large": (512, 64, 128)}
# with --large: where a larger engine begins to pay
LARGE_SIZES = {"1024": (1024, 64, 64), "2048": (2048, 64, 32)}
# B and T of the scaling table, at H = 128
SCALING = [(32, 32), (32, 64), (32, 128), (32, 256), (16, 64), (64, 64), (128, 64)]
# megabytes of gradient, with --all-reduce
ALL_REDUCE = (1, 5, 20, 80)
ROUNDS, FEW_ROUNDS, SECONDS_A_TURN = 15, 5, 0.25
# Idle threads of one library keep a core busy for a moment: each turn first runs this long untimed.
SETTLE_SECONDS = 0.1
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def our_step(H: int, B: int, T: int) -> tuple[Callable[[], None], CharLM]:
    """A function that does one training step of our model, and the model."""
    rng = np.random.default_rng(0)
    model = CharLM(Vocabulary(map(chr, range(SYMBOLS))), H)
    optimizer = Adam(model.params, learning_rate=2e-3)
    inputs, targets = rng.integers(SYMBOLS, size=(2, T, B))

    def step() -> None:
        _, grads, _ = model.loss_and_grads(inputs, targets)
        clip_by_global_norm(grads, 1.0)
        optimizer.step(grads)

    return step, model


def torch_step(H: int, B: int, T: int) -> tuple[Callable[[], None], Callable[[int], None]]:
    """The same training step in PyTorch, and a function that samples so many characters."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    lstm, output = nn.LSTM(SYMBOLS, H), nn.Linear(H, SYMBOLS)
    params = [*lstm.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(params, lr=2e-3, fused=True)
    inputs, targets = torch.randint(SYMBOLS, (2, T, B))

    def step() -> None:
        optimizer.zero_grad()
        h, _ = lstm(nn.functional.one_hot(inputs, SYMBOLS).float())
        loss = nn.functional.cross_entropy(output(h).view(-1, SYMBOLS), targets.view(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()

    eye = torch.eye(SYMBOLS)

    @torch.inference_mode()
    def sample(length: int) -> None:
        char, state = 0, None
        for _ in range(length):
            h, state = lstm(eye[char].view(1, 1, -1), state)
            char = int(torch.multinomial(torch.softmax(output(h).view(-1), dim=0), 1))

    return step, sample


def bare_products(H: int, B: int, T: int) -> Callable[[], None]:
    """A function that does the matrix products of one of our training steps, and nothing else."""
    rng = np.random.default_rng(0)
    U, V = rng.normal(size=(4 * H, H)).astype(np.float32), rng.normal(size=(SYMBOLS, H)).astype(np.float32)
    UT = np.ascontiguousarray(U.T)
    h, dz = rng.normal(size=(T, B, H)).astype(np.float32), rng.normal(size=(T, B, 4 * H)).astype(np.float32)
    one_hot = np.eye(SYMBOLS, dtype=np.float32)[rng.integers(SYMBOLS, size=T * B)]
    z, dh = np.empty((B, 4 * H), np.float32), np.empty((B, H), np.float32)
    rows, dz_rows = h.reshape(T * B, H), dz.reshape(T * B, 4 * H)

    def products() -> None:
        for t in range(T):
            np.matmul(h[t], UT, out=z)
            np.matmul(dz[t], U, out=dh)
        logits = rows @ V.T
        for left, right in ((logits.T, rows), (logits, V), (dz_rows.T, rows), (dz_rows.T, one_hot)):
            left @ right

    return products


def time_in_turns(functions: dict[str, Callable[[], object]], rounds: int | None = None) -> dict[str, np.ndarray]:
    """The median time of each function in seconds, one a round, the functions run in turns.

    Within a round they meet the machine in the same mood, so ratios are taken round by round.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds or ROUNDS):
        for name, function in functions.items():
            run_for(function, SETTLE_SECONDS)
            times[name].append(float(np.median(run_for(function, SECONDS_A_TURN))))
    return {name: np.array(medians) for name, medians in times.items()}


def run_for(function: Callable[[], object], seconds: float) -> list[float]:
    """Call the function again and again for so long, at least once; return the time of each call."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def measure(H: int, B: int, T: int, with_torch: bool) -> dict[str, np.ndarray]:
    """Seconds, round by round, of a training step, of its bare matrix products, and of one sampled character."""
    ours, model = our_step(H, B, T)
    steps: dict[str, Callable[[], object]] = {"ours": ours, "products": bare_products(H, B, T)}
    samples: dict[str, Callable[[], object]] = {"our sample": lambda: model.sample("\0", 100, rng=0)}
    if with_torch:
        steps["torch"], sample = torch_step(H, B, T)
        samples["torch sample"] = lambda: sample(100)
    # a step of a large model takes seconds
    rounds = min(ROUNDS, FEW_ROUNDS) if H >= 1024 else ROUNDS
    times = time_in_turns(steps, rounds)
    return times | {name: seconds / 100 for name, seconds in time_in_turns(samples, rounds).items()}


def print_speed(sizes: dict[str, tuple[int, int, int]], with_torch: bool) -> None:
    """Print the table: one row a size."""
    print(f"{'':9} {'':>15} | {'training step':^47} | {'sampling, characters/s':^30}")
    heads = ("ours ms", "torch ms", "ratio", "products", "chars/s")
    print(f"{'size':9} {'H, B, T':>15} |" + "".join(f"{head:>9} " for head in heads[:4]) + f"{heads[4]:>7} |", end="")
    print("".join(f"{head:>10}" for head in ("ours", "torch", "ratio")))
    for name, (H, B, T) in sizes.items():
        times = measure(H, B, T, with_torch)
        ours, torch = times["ours"], times.get("torch", np.nan)
        our_sample, torch_sample = times["our sample"], times.get("torch sample", np.nan)
        print(f"{name:9} {f'{H}, {B}, {T}':>15} |{np.median(ours) * 1e3:9.2f} {np.median(torch) * 1e3:9.2f}", end="")
        print(f"{np.median(torch / ours):10.2f} {np.median(times['products'] / ours):9.0%}", end=" ")
        print(f"{np.median(T * B / ours):7.0f} |{np.median(1 / our_sample):10.0f}", end="")
        print(f"{np.median(1 / torch_sample):10.0f}{np.median(torch_sample / our_sample):10.2f}")
    print("ratio: torch's time / ours, above 1 we are faster; products: the bare matrix products' share of our step")


def print_scaling() -> None:
    """Print how time and memory grow with T and with B: linearly, if the cost per character stays the same."""
    print(f"\n{'H, B, T':>15} {'ms a step':>10} {'µs a character':>15} {'bytes a character':>18}")
    for B, T in SCALING:
        step, _ = our_step(128, B, T)
        seconds = np.median(time_in_turns({"step": step})["step"])
        tracemalloc.start()
        step, _ = our_step(128, B, T)
        step()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"{f'128, {B}, {T}':>15} {seconds * 1e3:10.2f} {seconds / T / B * 1e6:15.2f} {peak / T / B:18.0f}")


def print_all_reduce() -> None:
    """Print how long the ranks of a torchrun need to add up a gradient of so many megabytes, with gloo."""
    import torch

    distributed = torch.distributed
    distributed.init_process_group("gloo")
    for megabytes in ALL_REDUCE:
        gradient = torch.ones(megabytes * 250_000)
        times = []
        for _ in range(ROUNDS + 1):
            distributed.barrier()
            start = time.perf_counter()
            distributed.all_reduce(gradient)
            times.append(time.perf_counter() - start)
        if distributed.get_rank() == 0:
            # the first round warms up
            seconds = float(np.median(times[1:]))
            rate = megabytes / 1e3 / seconds
            print(f"{distributed.get_world_size()} ranks, {megabytes:3} MB: {seconds * 1e3:7.1f} ms, {rate:.2f} GB/s")
    distributed.destroy_process_group()


def versions(with_torch: bool) -> str:
    """What was measured, and on what."""
    parts = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    if with_torch:
        import torch

        parts.append(f"PyTorch {torch.__version__}")
    return ", ".join([*parts, f"{platform.machine()}, {os.environ[THREAD_VARIABLES[0]]} threads"])


def main() -> None:
    """Read the command line, and run again with the number of threads set before any library is loaded."""
    parser = argparse.ArgumentParser(prog="python tests/benchmark.py", description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for either side (default: all)")
    parser.add_argument("--large", action="store_true", help="hidden sizes of 1024 and 2048 as well; takes minutes")
    parser.add_argument(
        "--all-reduce", action="store_true", help="under torchrun: time what ranks send each other, nothing else"
    )
    options = parser.parse_args()
    if options.all_reduce:
        return print_all_reduce()
    threads = options.threads
    if threads < 1:
        parser.error(f"--threads must be at least 1, not {threads}")
    wanted = dict.fromkeys(THREAD_VARIABLES, str(threads))
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, __file__, "--threads", str(threads)]
        command += ["--large"] if options.large else []
        sys.exit(subprocess.run(command, env=os.environ | wanted).returncode)
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: its columns are empty")
        with_torch = False
    else:
        torch.set_num_threads(threads)
        with_torch = True
    print(versions(with_torch))
    print_speed(SIZES | LARGE_SIZES if options.large else SIZES, with_torch)
    if not options.large:
        print_scaling()


if __name__ == "__main__":
    main()
