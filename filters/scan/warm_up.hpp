// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/worker.hpp"

namespace filters {
/// Analyses a message that has something of everything, so that what libraries load, make or look
/// for when they are first used is there before workers are forked and sealed.
void warm_up(const ContentLayers& layers);
}
