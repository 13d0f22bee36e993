// Precompiled for files that hold tensors and compute nothing with them: adds the type, without the functions.
#pragma once
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include "pch_light.h"
