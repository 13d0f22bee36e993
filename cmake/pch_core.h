// Precompiled for files that compute with tensors.
#pragma once
#include <ATen/ATen.h>

#include "pch_tensor.h"
