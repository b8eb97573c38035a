// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/updater.hpp"

#include "filters/content/sha256.hpp"
#include "filters/feeds/feed_check.hpp"
#include "gateway/net/tls.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace filters::feeds {
namespace {
using Got = std::expected<std::string, std::string>;
constexpr std::size_t longest_signature = 200;

Got refused(std::string why) { return std::unexpected{std::move(why)}; }

/// A file of a folder; no more than `most` octets are taken.
Got read_file(const std::string& path, std::uint64_t most)
{
    struct ::stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return refused(path + " is not there");
    std::ifstream in{path, std::ios::binary};
    std::string text(
        static_cast<std::size_t>(
            std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), most) + 1),
        '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad())
        return refused(path + " cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > most)
        return refused(fmt::format("{} is larger than {} octets", path, most));
    return text;
}

std::string why_wrong(const FeedFile& file, const std::string& octets)
{
    if (octets.size() != file.size)
        return fmt::format("{} has {} octets instead of {}", file.name, octets.size(), file.size);
    return content::sha256(octets) == file.sha256
        ? ""
        : fmt::format("{} is not what the index says (SHA-256)", file.name);
}
}

void Updater::configure(std::vector<FeedSource> sources)
{
    const std::lock_guard lock{mutex_};
    sources_ = std::move(sources);
}

const FeedSource* Updater::find(std::string_view name) const
{
    const auto found = std::ranges::find(sources_, name, &FeedSource::name);
    return found == sources_.end() ? nullptr : &*found;
}

net::awaitable<Got> Updater::fetch(FeedSource source, std::string file, std::uint64_t most)
{
    if (source.url.starts_with('/'))
        co_return co_await pool_.run(
            [path = source.url + "/" + file, most] { return read_file(path, most); });
    auto address = net::parse_https_address(source.url);
    if (!address)
        co_return refused("its address is no https:// address");
    if (!address->target.ends_with('/'))
        address->target += '/';
    address->target += file;
    auto context = co_await pool_.run(
        [ca = source.ca_file] { return net::TlsContext::client(net::Verify::required, ca); });
    if (!context)
        co_return refused(context.error());
    net::FetchLimits limits;
    limits.body = static_cast<std::size_t>(most);
    auto got = co_await net::https_get(resolver_, std::move(*address), *context, limits);
    if (!got)
        co_return refused(file + ": " + got.error());
    co_return std::move(*got);
}

/// Gets all files, those that did not change from the version in use. Says what went wrong.
net::awaitable<std::string> Updater::bring(const FeedSource& source, const FeedIndex& index,
                                           const std::string& signed_index)
{
    std::uint64_t sum = 0;
    for (const auto& file : index.files)
        sum += file.size;
    if (sum > source.limit)
        co_return fmt::format("its files are {} octets, more than {}", sum, source.limit);
    const auto name = source.name;
    const auto current = co_await pool_.run([this, &name] { return store_.current(name); });
    FeedStore::Contents contents;
    for (const auto& file : index.files) {
        const auto* before = current ? current->find(file.name) : nullptr;
        const bool is_here = before && before->sha256 == file.sha256 && before->size == file.size;
        auto here = source;
        if (is_here)
            here.url = store_.current_directory(name);
        auto got = co_await fetch(std::move(here), file.name, file.size);
        if (!got)
            co_return got.error();
        auto wrong = co_await pool_.run([&file, &got] { return why_wrong(file, *got); });
        if (!wrong.empty())
            co_return wrong;
        contents.emplace(file.name, std::move(*got));
    }
    const auto installed = co_await pool_.run([&] {
        return store_.install(index, signed_index, contents, [&](const std::string& directory) {
            return why_unusable(index, directory);
        });
    });
    co_return installed ? std::string{} : installed.error();
}

net::awaitable<Updater::Outcome> Updater::look(FeedSource source, bool only_looks)
{
    Outcome outcome{.name = source.name};
    const auto text = co_await fetch(source, "index", FeedIndex::longest_text + longest_signature);
    if (!text) {
        outcome.problem = text.error();
        co_return outcome;
    }
    const auto index = verified_index(*text, source.key, source.name);
    if (!index) {
        outcome.problem = "the index is refused: " + index.error();
        co_return outcome;
    }
    outcome.serial = index->serial;
    const auto seen
        = co_await pool_.run([this, &source] { return store_.highest_seen(source.name); });
    if (index->serial < seen)
        outcome.problem = fmt::format("it offers version {}, but {} was here before: is it an old "
                                      "copy that somebody plays again?",
                                      index->serial, seen);
    if (index->serial <= seen)
        co_return outcome;
    if (only_looks) {
        outcome.is_new = true;
        co_return outcome;
    }
    outcome.problem = co_await bring(source, *index, *text);
    outcome.is_new = outcome.problem.empty();
    if (outcome.is_new)
        outcome.files = index->files;
    co_return outcome;
}

net::awaitable<Updater::Outcome> Updater::update(std::string name, bool only_looks)
{
    const auto* source = find(name);
    if (!source)
        co_return Outcome{.name = name, .problem = "no source is called \"" + name + "\""};
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(states_[name].is_under_way, true))
            co_return Outcome{.name = name, .problem = "it is being updated right now"};
    }
    Outcome outcome{.name = name};
    try {
        outcome = co_await look(*source, only_looks);
    } catch (const std::exception& error) {
        outcome.problem = error.what();
    }
    const std::lock_guard lock{mutex_};
    auto& state = states_[name];
    state.is_under_way = false;
    state.problem = outcome.problem;
    if (!only_looks)
        state.looked = env_.wall_now();
    if (!outcome.problem.empty())
        spdlog::error("update: {}: {}", name, outcome.problem);
    else if (outcome.is_new && !only_looks)
        spdlog::info("update: {}: version {} is in use", name, outcome.serial);
    co_return outcome;
}

void Updater::note_problem(const std::string& name, std::string problem)
{
    spdlog::error("update: {}: {}", name, problem);
    const std::lock_guard lock{mutex_};
    states_[name].problem = std::move(problem);
}

net::awaitable<std::vector<Updater::Outcome>> Updater::update_due()
{
    std::vector<std::string> due;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& source : sources_)
            if (env_.wall_now() - states_[source.name].looked >= source.every)
                due.push_back(source.name);
    }
    std::vector<Outcome> outcomes;
    for (const auto& name : due)
        outcomes.push_back(co_await update(name, false));
    co_return outcomes;
}

std::vector<Updater::Report> Updater::reports() const
{
    std::vector<FeedSource> sources;
    std::map<std::string, State> states;
    {
        const std::lock_guard lock{mutex_};
        sources = sources_;
        states = states_;
    }
    std::vector<Report> reports;
    for (const auto& source : sources) {
        const auto& state = states[source.name];
        Report report{.name = source.name, .url = source.url};
        report.looked = state.looked;
        report.problem = state.problem;
        const auto current = store_.current(source.name);
        if (current) {
            report.serial = current->serial;
            report.made = current->made;
        }
        if (report.problem.empty() && current && env_.wall_now() - current->made > source.max_age)
            report.problem = fmt::format(
                "what is in use is {} days old",
                std::chrono::floor<std::chrono::days>(env_.wall_now() - current->made).count());
        reports.push_back(std::move(report));
    }
    return reports;
}
}
