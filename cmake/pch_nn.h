// Precompiled for the files that define networks: adds torch's modules, optimisers and autograd.
#pragma once
#include "pch_core.h"
// clang-format off
#include <torch/nn.h>
#include <torch/optim.h>
#include <torch/autograd.h>
// clang-format on
