// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/place.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace storage::backup {
namespace fs = std::filesystem;

Place place_of(std::string_view member)
{
    Place place;
    place.is_sealed = member.starts_with(sealed_prefix);
    if (place.is_sealed)
        member.remove_prefix(sealed_prefix.size());
    if (member.starts_with(configuration_prefix)) {
        place.part = Part::configuration;
        place.is_outside = true;
        place.name = member.substr(configuration_prefix.size());
        return place;
    }
    if (!member.starts_with(data_prefix))
        throw std::runtime_error{fmt::format("it has the member {}, which no backup has", member)};
    place.name = member.substr(data_prefix.size());
    const auto part = part_of(std::string_view{place.name}.substr(0, place.name.find('/')));
    if (!part)
        throw std::runtime_error{fmt::format("it has the member {}, which no backup has", member)};
    place.part = *part;
    return place;
}

void write_file(const std::string& path, ArchiveReader& archive, Files& files)
{
    fs::create_directories(fs::path{path}.parent_path());
    files.reach(Files::Step::create, path);
    const auto file = FileHandle::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    archive.read([&](std::string_view bytes) {
        files.reach(Files::Step::write, path);
        while (!bytes.empty()) {
            const auto written = ::write(file.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                throw std::system_error{errno, std::generic_category(), "cannot write " + path};
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    });
}

void write_text(const std::string& path, std::string_view text, Files& files)
{
    fs::create_directories(fs::path{path}.parent_path());
    files.create(fs::path{path}.parent_path().string(), fs::path{path}.filename().string(),
                 [&](const Files::Write& write) { write(text); });
}
}
