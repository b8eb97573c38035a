// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace filters {
/// What layers loaded for all the process while a configuration was built: nothing of it is in
/// service before `publish`, and a configuration that is refused just drops it.
class LoadedTables {
public:
    /// Puts all in service, once. Call beside the swap of the configuration.
    void publish();

    /// Calls `publication` when the configuration that is being built is published; at once where
    /// none is being built (a layer on its own). Call when layers are made.
    static void on_publish(Services& services, std::function<void()> publication);

private:
    friend class TableCollection;
    std::vector<std::function<void()>> publications_;
};

/// While it lives, layers that are made keep their tables back. One at a time for each Services.
class TableCollection {
public:
    explicit TableCollection(Services& services);
    ~TableCollection();
    TableCollection(const TableCollection&) = delete;
    TableCollection& operator=(const TableCollection&) = delete;
    LoadedTables take() { return std::move(*tables_); }

private:
    std::shared_ptr<void>& place_;
    std::shared_ptr<LoadedTables> tables_ = std::make_shared<LoadedTables>();
};
}
