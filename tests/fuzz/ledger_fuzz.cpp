// SPDX-License-Identifier: Apache-2.0
// The file of a ledger as a crash, a full disk or a person may have left it.
#include "filters/reputation.hpp"
#include "storage/ledger.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace {
using namespace std::chrono_literals;
constexpr std::chrono::sys_seconds now{1'800'000'000s};

/// A folder that goes with the programme.
struct Folder {
    Folder() { require(::mkdtemp(name.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(name); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string name = (std::filesystem::temp_directory_path() / "ledger-fuzz-XXXXXX").string();
};

const std::string& folder()
{
    static const Folder made;
    return made.name;
}

storage::Ledger opened() { return {folder(), "ledger", {1600, std::chrono::days{60}}}; }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    std::ofstream{folder() + "/ledger", std::ios::binary} << "mailweir ledger 1\n" << text;
    std::size_t known = 0;
    {
        auto ledger = opened();
        require(ledger.size() <= 1600);
        for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), size) + 1) {
            const auto line = text.substr(at, std::min(text.find('\n', at), size) - at);
            const auto key = line.substr(std::min(line.rfind(' '), line.size()));
            const auto standing
                = filters::Reputation{ledger}.standing(key.substr(!key.empty()), now);
            require(!standing || (standing->score() >= -1 && standing->score() <= 1));
        }
        ledger.update("ip 192.0.2.1", now, [](storage::LedgerEntry& entry) { entry.good += 1; });
        ledger.write(now);
        ledger.write(now);
    }
    {
        auto again = opened();
        known = again.size();
        require(known >= 1 && again.find("ip 192.0.2.1", now));
        again.update("ip 192.0.2.1", now, [](storage::LedgerEntry&) { });
    }
    require(opened().size() == known); // what was written once is read as it was
    return 0;
}
