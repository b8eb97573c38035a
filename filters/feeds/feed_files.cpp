// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_files.hpp"

#include "filters/feeds/feed_store.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>

namespace filters::feeds {
namespace {
constexpr std::string_view state_name = "feeds.directory";
}

void set_data_directory(Services& services, std::string directory)
{
    services.kept(state_name) = std::make_shared<std::string>(std::move(directory));
}

std::vector<std::string> files_of(const Settings& settings, std::string_view key,
                                  Services& services)
{
    const auto directory = std::static_pointer_cast<std::string>(services.kept(state_name));
    std::vector<std::string> files;
    for (const auto& text : settings.texts(key)) {
        auto path = FeedStore::path_of(directory ? *directory : "", text);
        std::error_code error;
        if (!path)
            settings.complain(key, "\"" + text + "\" is no file of a feed",
                              "feed:NAME/FILE, with a source of that name under \"update\"");
        else if (*path != text && !std::filesystem::exists(*path, error))
            spdlog::warn("{}: {} did not come yet", key, text);
        else
            files.push_back(std::move(*path));
    }
    return files;
}
}
