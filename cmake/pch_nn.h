// Precompiled for the files that define networks: adds torch's modules and autograd. All of <torch/nn.h> would cost
// each of them five seconds more.
#pragma once
#include <torch/nn/module.h>

#include "pch_core.h"
