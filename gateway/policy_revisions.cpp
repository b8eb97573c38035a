// SPDX-License-Identifier: Apache-2.0
#include "gateway/policy_revisions.hpp"

#include "filters/policy_document.hpp"
#include "gateway/config.hpp"
#include "gateway/durable_file.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace app {
using web::PolicyRevision;

namespace {
constexpr std::string_view facts_mark = "# mailweir revision: ";
constexpr std::size_t largest_file = web::PolicyBook::largest + (16U << 10);

std::string facts_of(const PolicyRevision& revision)
{
    web::JsonWriter json;
    json.begin_object().member("time", revision.time).member("author", revision.author);
    json.member("note", revision.note).member("of", revision.of).end_object();
    return std::string{facts_mark} + json.take() + "\n";
}

/// Where the last line begins that tells facts; npos: nowhere.
std::size_t facts_at(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    const auto line = text.rfind('\n');
    const auto start = line == text.npos ? 0 : line + 1;
    return text.substr(start).starts_with(facts_mark) ? start : text.npos;
}

PolicyRevision revision_of(unsigned number, std::string_view text)
{
    PolicyRevision revision{.number = number, .document = document_of(text)};
    const auto at = facts_at(text);
    if (at == text.npos)
        return revision;
    const auto facts = web::parse_json(text.substr(at + facts_mark.size()));
    if (!facts)
        return revision;
    revision.author = web::text_member(*facts, "author").value_or("");
    revision.note = web::text_member(*facts, "note").value_or("");
    revision.of = static_cast<unsigned>(std::clamp(web::number_member(*facts, "of"), 0.0, 1e9));
    revision.time = web::parse_moment(web::text_member(*facts, "time").value_or(""), {})
                        .value_or(std::chrono::system_clock::time_point{});
    return revision;
}
}

std::string document_of(std::string_view file_text)
{
    return std::string{file_text.substr(0, std::min(facts_at(file_text), file_text.size()))};
}

PolicyRevisions::PolicyRevisions(const std::string& data)
    : folder_{(std::filesystem::path{data} / "policy").string()}
{ }

std::string PolicyRevisions::file_of(unsigned number) const
{
    return (std::filesystem::path{folder_} / fmt::format("{:08}.yaml", number)).string();
}

std::vector<unsigned> PolicyRevisions::numbers() const
{
    std::vector<unsigned> numbers;
    std::error_code error;
    for (std::filesystem::directory_iterator at{folder_, error}, end; !error && at != end;
         at.increment(error)) {
        const auto name = at->path().filename().string();
        unsigned number = 0;
        const auto [stop, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (wrong == std::errc{} && number > 0
            && name == std::filesystem::path{file_of(number)}.filename())
            numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::optional<PolicyRevision> PolicyRevisions::read(unsigned number) const
{
    const auto text = read_file(file_of(number), largest_file);
    return text ? std::optional{revision_of(number, *text)} : std::nullopt;
}

std::vector<PolicyRevision> PolicyRevisions::list(unsigned below, std::size_t limit) const
{
    std::vector<PolicyRevision> found;
    auto all = numbers();
    std::ranges::reverse(all);
    for (const auto number : all) {
        if (found.size() == limit)
            break;
        if (below != 0 && number >= below)
            continue;
        if (auto revision = read(number)) {
            revision->document.clear();
            found.push_back(std::move(*revision));
        }
    }
    return found;
}

std::expected<unsigned, std::string> PolicyRevisions::add(PolicyRevision revision,
                                                          unsigned last) const
{
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
    const auto all = numbers();
    const auto number = std::max(last, all.empty() ? 0U : all.back()) + 1;
    if (!revision.document.ends_with('\n'))
        revision.document += '\n';
    const auto written = replace_file(file_of(number), revision.document + facts_of(revision));
    if (!written)
        return std::unexpected{written.error()};
    for (std::size_t i = 0; i + most <= all.size(); ++i)
        if (all[i] != last)
            drop(all[i]);
    return number;
}

void PolicyRevisions::drop(unsigned number) const
{
    std::error_code ignored;
    std::filesystem::remove(file_of(number), ignored);
}

UsableRevision usable_revision(const std::string& data, unsigned wanted)
{
    const PolicyRevisions revisions{data};
    UsableRevision usable;
    const auto why_not = [&](unsigned number) -> std::string {
        const auto file = revisions.file_of(number);
        const auto text = read_file(file, largest_file);
        if (!text)
            return text.error();
        const auto policy = filters::parse_policy(*text, file);
        return policy ? std::string{} : policy.error().front().to_string();
    };
    usable.problem = why_not(wanted);
    if (usable.problem.empty()) {
        usable.number = wanted;
        return usable;
    }
    for (const auto& older : revisions.list(wanted, 50))
        if (why_not(older.number).empty()) {
            usable.number = older.number;
            break;
        }
    usable.problem = fmt::format(
        "revision {} of the policy does not load any more, {} is in force:"
        " {}",
        wanted, usable.number == 0 ? "the default" : fmt::format("revision {}", usable.number),
        usable.problem);
    return usable;
}
}
