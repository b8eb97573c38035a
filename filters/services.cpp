// SPDX-License-Identifier: Apache-2.0
#include "filters/services.hpp"

#include <mutex>

namespace filters {
std::shared_ptr<void>& Services::kept(std::string_view name)
{
    // Loops look states up while a reload makes layers. One lock for all: look-ups are rare.
    static std::mutex mutex;
    const std::lock_guard lock{mutex};
    const auto found = kept_.find(name);
    return found != kept_.end() ? found->second : kept_[std::string{name}];
}
}
