"""One thread, as in every simulating process: two that share a core can be ten times slower."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)
