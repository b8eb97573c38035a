// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/unit/filters/fixture.hpp"

#include <filesystem>
#include <stdlib.h>

namespace filters::test {
/// A world that remembers: ledgers in a folder of their own, and time that goes on.
struct LedgerWorld : World {
    LedgerWorld()
    {
        std::string name = (std::filesystem::temp_directory_path() / "ledgers-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        ledgers = std::make_unique<storage::Ledgers>(folder, storage::Files::real());
        services.ledgers = ledgers.get();
    }
    explicit LedgerWorld(std::string_view layer_name, std::string_view settings = {})
        : LedgerWorld()
    {
        make(layer_name, settings);
    }
    ~LedgerWorld()
    {
        ledgers.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    void advance(std::chrono::milliseconds time)
    {
        env.advance(time);
        mail.received_at = env.wall_now();
    }
    /// As if the gateway had gone and come again.
    void restart()
    {
        ledgers->write(std::chrono::floor<std::chrono::seconds>(env.wall_now()));
        ledgers.reset();
        ledgers = std::make_unique<storage::Ledgers>(folder, storage::Files::real());
        services.ledgers = ledgers.get();
    }
    std::string folder;
    std::unique_ptr<storage::Ledgers> ledgers;
};
}
