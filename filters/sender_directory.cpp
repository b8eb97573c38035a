// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_directory.hpp"

namespace filters {
namespace {
constexpr std::string_view state_name = "sender-directory";
}

SenderDirectory* SenderDirectory::of(Services& services)
{
    return static_cast<SenderDirectory*>(services.kept(state_name).get());
}

void SenderDirectory::keep(Services& services, SenderDirectory& directory)
{
    services.kept(state_name) = std::shared_ptr<void>{std::shared_ptr<void>{}, &directory};
}
}
