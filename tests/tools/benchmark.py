"""How fast is a training step? One table, beside PyTorch where it is installed.

python tests/tools/benchmark.py [--threads N]

A step is forward, loss, backward, clipping and Adam, in float32, on one-hot characters from an alphabet of 65. Both
sides run in turns in one process. "products" is the share of our step that its matrix products alone take.

PyTorch's time divided by ours, on an idle virtual machine with two cores of an AMD EPYC (AVX-512), Python 3.11,
NumPy 2.4.6 with OpenBLAS 0.3.31, PyTorch 2.13.0 for the CPU:

    hidden units, batch, steps    2 threads    1 thread
    10, 1, 25                          1.51        1.44
    128, 32, 64                        0.85        1.03
    256, 64, 128                       1.40        1.41
    512, 64, 128                       1.07        1.04
    1024, 64, 64                       0.95        0.92
    2048, 64, 32                       0.90        0.89

The ratios vary by about a tenth from run to run. PyTorch multiplies by the one-hot vectors, and we look up columns in
the forward pass: work that is 45% of ours in the first row, 13% in the second, and below 4% from 512 units on. In the
second row OpenBLAS divides its 128 small products less well between two cores than PyTorch's library does. If one of
the environment variables OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE is set, NumPy may leave half of what the processor
offers unused, and a warning says so.

What pays at large sizes is the cache. Adam works in pieces that stay in it. The weights are copied into the order that
the products need, a cache line at a time. Rows of a multiple of 2,048 bytes would fall into the same few places of the
cache, so there is a gap between them, which makes the products with U up to a quarter faster.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

# the package need not be installed: it lies beside this folder
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from lstm_scratch import Adam, CharLM, Vocabulary, clip_by_global_norm
from lstm_scratch.kernels import Workspace, dot_for

SYMBOLS = 65
# hidden size H, batch B, time steps T
SIZES = [(10, 1, 25), (128, 32, 64), (256, 64, 128), (512, 64, 128), (1024, 64, 64), (2048, 64, 32)]
# idle threads of one library keep a core busy for a moment: each turn first runs for a while without being timed
ROUNDS, SETTLE_SECONDS, SECONDS_A_TURN = 9, 0.1, 0.25
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# with these, NumPy's matrix products do not use all that the processor offers, but PyTorch's do
HOLD_BACK = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")

Step = Callable[[], object]


def our_steps(H: int, B: int, T: int) -> dict[str, Step]:
    """Our training step, and how we sample 100 characters."""
    rng = np.random.default_rng(0)
    model = CharLM(Vocabulary(map(chr, range(SYMBOLS))), H)
    optimizer = Adam(model.params, learning_rate=2e-3)
    inputs, targets = rng.integers(SYMBOLS, size=(2, T, B))

    def train() -> None:
        _, grads, _ = model.loss_and_grads(inputs, targets)
        clip_by_global_norm(grads, 1.0)
        optimizer.step(grads)

    return {"train": train, "sample": lambda: model.sample("\0", 100, rng=0)}


def torch_steps(H: int, B: int, T: int) -> dict[str, Step]:
    """The same in PyTorch; nothing where that is not installed."""
    try:
        import torch
        from torch import nn
    except ImportError:
        return {}
    torch.manual_seed(0)
    lstm, output = nn.LSTM(SYMBOLS, H), nn.Linear(H, SYMBOLS)
    params = [*lstm.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(params, lr=2e-3, fused=True)
    inputs, targets = torch.randint(SYMBOLS, (2, T, B))
    eye = torch.eye(SYMBOLS)

    def train() -> None:
        optimizer.zero_grad()
        h, _ = lstm(nn.functional.one_hot(inputs, SYMBOLS).float())
        nn.functional.cross_entropy(output(h).view(-1, SYMBOLS), targets.view(-1)).backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()

    @torch.inference_mode()
    def sample() -> None:
        char, state = 0, None
        for _ in range(100):
            h, state = lstm(eye[char].view(1, 1, -1), state)
            char = int(torch.multinomial(torch.softmax(output(h).view(-1), dim=0), 1))

    return {"torch train": train, "torch sample": sample}


def bare_products(H: int, B: int, T: int) -> Step:
    """The matrix products of one of our training steps and nothing else, with arrays laid out as in the layer."""
    rng = np.random.default_rng(0)
    shapes = (SYMBOLS, H), (T, B, H), (T, B, 4 * H), (T * B, SYMBOLS)
    W_y, h, dz, one_hot = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    h_rows = h.reshape(T * B, H)
    dz_rows = dz.reshape(T * B, 4 * H)
    memory = Workspace(np.dtype(np.float32))
    UT = memory.padded("UT", H, 4 * H)
    U = memory.padded("U", 4 * H, H)
    for matrix in (UT, U):
        matrix[...] = rng.normal(size=matrix.shape)
    z = np.empty((B, 4 * H), np.float32)
    dh = np.empty((B, H), np.float32)
    dot_UT = dot_for(UT)
    dot_U = dot_for(U)

    def products() -> None:
        for t in range(T):
            dot_UT(h[t], UT, out=z)
            dot_U(dz[t], U, out=dh)
        logits = h_rows @ W_y.T
        for left, right in ((logits.T, h_rows), (logits, W_y), (dz_rows.T, h_rows), (dz_rows.T, one_hot)):
            left @ right

    return products


def time_in_turns(steps: dict[str, Step], rounds: int) -> dict[str, np.ndarray]:
    """The seconds of each step, one number a round: ratios are taken round by round, under the same load."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            median_time(step, SETTLE_SECONDS)
            times[name].append(median_time(step, SECONDS_A_TURN))
    return {name: np.array(medians) for name, medians in times.items()}


def median_time(step: Step, seconds: float) -> float:
    """Repeat the step for this long, at least once; return the median time of a repetition."""
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def print_table(sizes: list[tuple[int, int, int]], rounds: int = ROUNDS) -> None:
    """Print one row for each size; without PyTorch, its columns are nan."""
    print("       H, B, T |  ours ms  torch ms  ratio  products  chars/s | sampling: ours/s  torch/s  ratio")
    for H, B, T in sizes:
        steps = {**our_steps(H, B, T), **torch_steps(H, B, T), "products": bare_products(H, B, T)}
        times = {"torch train": np.nan, "torch sample": np.nan, **time_in_turns(steps, rounds)}
        ours, torch, sample, torch_sample = (times[k] for k in ("train", "torch train", "sample", "torch sample"))
        columns = [ours * 1e3, torch * 1e3, torch / ours, times["products"] / ours * 100, T * B / ours]
        columns += [100 / sample, 100 / torch_sample, torch_sample / sample]
        form = "{:>14} |{:9.2f} {:9.2f} {:6.2f} {:8.0f}% {:8.0f} |{:17.0f} {:8.0f} {:6.2f}"
        print(form.format(f"{H}, {B}, {T}", *map(np.median, columns)), flush=True)
    print("ratio: PyTorch's time divided by ours; above 1 we are faster")


def kernels() -> str:
    """Which library NumPy multiplies matrices with, and for which processor its kernels were written."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "BLAS kernels unknown (threadpoolctl would tell them)"
    libraries = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return ", ".join(
        f"{info['internal_api']} {info['version']}, kernels for {info.get('architecture', 'this processor')}"
        for info in libraries
    )


def warning(environment: Mapping[str, str]) -> str | None:
    """A sentence about the variables that hold NumPy back, if any of them is set."""
    found = [name for name in HOLD_BACK if name in environment]
    if not found:
        return None
    return f"warning: {' and '.join(found)} may hold NumPy back: for what others will see, unset and measure again"


def main() -> None:
    """Read the options; start again with the number of threads set, because libraries read it as they load."""
    parser = argparse.ArgumentParser(
        prog="python tests/tools/benchmark.py", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads for either side (default: all)")
    options = parser.parse_args()
    wanted = dict.fromkeys(THREAD_VARIABLES, str(options.threads))
    if not wanted.items() <= os.environ.items():
        sys.exit(subprocess.run([sys.executable, *sys.argv], env=os.environ | wanted).returncode)
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}, {options.threads} threads"
    )
    print(kernels())
    if (sentence := warning(os.environ)) is not None:
        print(sentence)
    print_table(SIZES)


if __name__ == "__main__":
    main()
