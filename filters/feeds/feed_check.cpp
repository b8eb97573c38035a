// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_check.hpp"

#include "filters/blocklist.hpp"
#include "filters/classify/model.hpp"
#include "filters/feeds/file_text.hpp"
#include "filters/fingerprint_table.hpp"
#include "filters/link_lists.hpp"
#include "gateway/mail/utf8.hpp"

#include <fmt/format.h>

namespace filters::feeds {
namespace {
/// A few odd lines are usual; a list that is mostly odd is no list.
std::string too_odd(std::uint64_t good, std::uint64_t odd)
{
    if (good == 0)
        return "it has no entry";
    return odd * 10 > good ? fmt::format("{} of its lines are no entries", odd) : "";
}

std::string check_links(const std::string& path)
{
    const auto lists = load_link_lists({{path, LinkMeaning::spam}});
    if (!lists)
        return lists.error();
    const auto& file = (*lists)->files.front();
    return too_odd(file.index.size(), file.malformed);
}

std::string check_addresses(const std::string& path)
{
    BlocklistSources sources;
    sources.files.push_back({path, NetworkIndex::Effect::block});
    const auto list = load_blocklist(sources);
    if (!list)
        return list.error();
    const auto& file = (*list)->files.front();
    return too_odd(file.networks, file.malformed);
}

std::string check_fingerprints(const std::string& path)
{
    return FingerprintTable::is_export(file_text(path).value_or(""))
        ? ""
        : "it is no export of fingerprints";
}

std::string check_model(const std::string& path)
{
    return classify::Model{}.load(file_text(path).value_or(""))
        ? ""
        : "it is no model that this program reads";
}

/// What rules say, the layers that read them say when the configuration is built anew.
std::string check_rules(const std::string& path)
{
    const auto text = file_text(path).value_or("");
    return mail::is_utf8(text) && !text.contains('\0') ? "" : "it is no text in UTF-8";
}

std::string check(const FeedFile& file, const std::string& path)
{
    switch (file.kind) {
    case FileKind::links:
        return check_links(path);
    case FileKind::addresses:
        return check_addresses(path);
    case FileKind::fingerprints:
        return check_fingerprints(path);
    case FileKind::rules:
        return check_rules(path);
    case FileKind::model:
        return check_model(path);
    case FileKind::other:
        break;
    }
    return {};
}
}

std::string why_unusable(const FeedIndex& index, const std::string& directory)
{
    for (const auto& file : index.files)
        if (const auto problem = check(file, directory + "/" + file.name); !problem.empty())
            return fmt::format("{}: {}", file.name, problem);
    return {};
}
}
