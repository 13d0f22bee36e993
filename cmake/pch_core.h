// Precompiled for most files: adds tensors.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "pch_light.h"
