// SPDX-License-Identifier: Apache-2.0
#include "filters/loaded_tables.hpp"

#include <utility>

namespace filters {
namespace {
std::shared_ptr<void>& place_of(Services& services) { return services.kept("loaded_tables"); }
}

void LoadedTables::publish()
{
    for (const auto& publication : std::exchange(publications_, {}))
        publication();
}

void LoadedTables::on_publish(Services& services, std::function<void()> publication)
{
    if (const auto open = std::static_pointer_cast<LoadedTables>(place_of(services)))
        open->publications_.push_back(std::move(publication));
    else
        publication();
}

TableCollection::TableCollection(Services& services) : place_{place_of(services)}
{
    place_ = tables_;
}

TableCollection::~TableCollection() { place_.reset(); }
}
