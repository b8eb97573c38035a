// SPDX-License-Identifier: Apache-2.0
#include "filters/services.hpp"

namespace filters {
std::shared_ptr<void>& Services::kept(std::string_view name)
{
    const auto found = kept_.find(name);
    return found != kept_.end() ? found->second : kept_[std::string{name}];
}
}
