// SPDX-License-Identifier: Apache-2.0
// What the sealed workers do with whole corpora, beside the same analysis in this process:
//   scan_role same PATH...             every message through both: the same content and findings
//   scan_role kill MESSAGES PATH...    workers are killed at random meanwhile: nothing gets lost
//   scan_role cost PATH                what the way through a worker costs a message
#include "filters/build.hpp"
#include "filters/policy_document.hpp"
#include "filters/scan/codec.hpp"
#include "filters/scan/examine.hpp"
#include "filters/scan/nursery.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/commands/message_files.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <span>

namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Every content layer there is, with a few words to look for.
std::expected<filters::ContentLayers, std::string> all_layers()
{
    static filters::Services services;
    services.env = &net::Env::real();
    std::string names;
    for (const auto* type : filters::layer_types())
        if (type->make_content)
            names += (names.empty() ? "" : ", ") + std::string{type->name};
    const auto policy = filters::parse_policy("layers: [" + names + "]\n", "bench");
    const auto words = filters::Yaml::parse(
        R"(rules: [{ name: "one", where: body, pattern: "\\b(offer|account)\\b", points: 1 },
                   { name: "two", where: attachment, text: "invoice", points: 1 },
                   { name: "three", where: raw, pattern: "[0-9]{12}", points: 1 }])",
        "bench");
    if (!policy || !words)
        return std::unexpected{filters::to_string(policy ? words.error() : policy.error())};
    auto layers = filters::build_content_layers(*policy, {{"words", *words}}, services);
    if (!layers)
        return std::unexpected{filters::to_string(layers.error())};
    return std::move(*layers);
}

/// A scan role of our own.
class Role {
public:
    explicit Role(filters::ScannerLimits limits)
    {
        int pair[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            throw std::runtime_error{"socketpair"};
        process = ::fork();
        if (process == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(pair[0]);
            spdlog::set_level(spdlog::level::off);
            std::_Exit(filters::Nursery{pair[1], [](auto) { return all_layers(); }}.run());
        }
        ::close(pair[1]);
        socket_ = pair[0];
        scanner.emplace(socket_, limits);
    }
    ~Role()
    {
        scanner.reset();
        ::close(socket_);
        ::waitpid(process, nullptr, 0);
    }
    std::vector<pid_t> workers() const
    {
        std::ifstream in{fmt::format("/proc/{0}/task/{0}/children", process)};
        return {std::istream_iterator<pid_t>{in}, {}};
    }
    pid_t process = -1;
    std::optional<filters::Scanner> scanner;

private:
    int socket_ = -1;
};

/// What the gate is told, but for what a clock can change.
std::string facts(filters::Scanned scanned) { return filters::encode(scanned); }

std::string names(const filters::Scanned& scanned)
{
    std::string all;
    for (const auto& finding : scanned.findings)
        all += fmt::format("    {} {}\n", finding.name, finding.detail.substr(0, 150));
    return all;
}

struct Tally {
    std::size_t messages = 0, same = 0, different = 0, unscannable = 0, deferred = 0;
};

bool is_given_up(const filters::Scanned& scanned)
{
    return scanned.findings.size() == 1 && scanned.findings[0].name == "content.unscannable"
        && scanned.findings[0].detail == "its analysis did not end";
}

net::awaitable<void> compare(Role& role, const filters::ContentLayers& layers,
                             const mail::Message& message, const std::string& path, Tally& tally,
                             bool is_told)
{
    ++tally.messages;
    const auto here = filters::examine(message, filters::named(layers));
    std::optional<filters::Scanned> there;
    try {
        there = co_await role.scanner->scan(message);
    } catch (const std::exception&) {
        ++tally.deferred;
        co_return;
    }
    if (is_given_up(*there))
        ++tally.unscannable;
    else if (facts(here) == facts(*there))
        ++tally.same;
    else if (++tally.different; is_told)
        fmt::print("different: {}\n  here:\n{}  in a worker:\n{}", path, names(here),
                   names(*there));
}

void print(const Tally& tally, const filters::ScannerStatus& status)
{
    fmt::print("{} messages: {} same, {} different, {} unscannable for two dead workers, {} "
               "deferred, {} lost; {} workers started, {} died over a message\n",
               tally.messages, tally.same, tally.different, tally.unscannable, tally.deferred,
               tally.messages - tally.same - tally.different - tally.unscannable - tally.deferred,
               status.started, status.deaths);
}

net::awaitable<void> compare_all(Role& role, const filters::ContentLayers& layers,
                                 app::commands::MessageFiles& files, Tally& tally)
{
    while (auto raw = files.next()) {
        const auto message = mail::Message::from_text(app::commands::with_crlf(raw->text));
        co_await compare(role, layers, message, raw->path, tally, true);
    }
}

int same(std::span<char*> paths)
{
    Role role{{.workers = 2}};
    const auto layers = all_layers();
    auto files = app::commands::MessageFiles::find({paths.begin(), paths.end()});
    if (!layers || !files) {
        fmt::print(stderr, "{}\n", layers ? files.error() : layers.error());
        return 2;
    }
    Tally tally;
    net::Loop loop{net::Env::real()};
    loop.spawn("same", compare_all(role, *layers, *files, tally));
    loop.run();
    print(tally, role.scanner->status());
    return tally.same == tally.messages ? 0 : 1;
}

std::vector<mail::Message> first_messages(std::span<char*> paths, std::size_t most)
{
    std::vector<mail::Message> messages;
    auto files = app::commands::MessageFiles::find({paths.begin(), paths.end()});
    if (!files)
        throw std::runtime_error{files.error()};
    while (messages.size() < most) {
        auto raw = files->next();
        if (!raw)
            break;
        messages.push_back(mail::Message::from_text(app::commands::with_crlf(raw->text)));
    }
    return messages;
}

/// One session after the other, until all messages are through.
net::awaitable<void> send_some(Role& role, const filters::ContentLayers& layers,
                               const std::vector<mail::Message>& messages, std::size_t count,
                               Tally& tally, std::size_t& senders)
{
    while (tally.messages < count) {
        const auto& message = messages[tally.messages % messages.size()];
        co_await compare(role, layers, message, "", tally, true);
    }
    --senders;
}

net::awaitable<void> kill_some(const Role& role, const std::size_t& senders, std::size_t& killed)
{
    std::mt19937 random{1};
    while (senders > 0) {
        co_await net::sleep(std::chrono::milliseconds{1 + random() % 10});
        const auto workers = role.workers();
        if (workers.empty())
            continue;
        killed += ::kill(workers[random() % workers.size()], SIGKILL) == 0;
    }
}

int kill_at_random(std::size_t count, std::span<char*> paths)
{
    Role role{{.workers = 4}};
    const auto layers = all_layers();
    const auto messages = first_messages(paths, 2000);
    if (!layers || messages.empty())
        return 2;
    Tally tally;
    std::size_t senders = 8, killed = 0;
    net::Loop loop{net::Env::real()};
    for (std::size_t i = 0; i < senders; ++i)
        loop.spawn("send", send_some(role, *layers, messages, count, tally, senders));
    loop.spawn("kill", kill_some(role, senders, killed));
    loop.run();
    fmt::print("{} workers killed\n", killed);
    print(tally, role.scanner->status());
    const auto accounted = tally.same + tally.unscannable + tally.deferred;
    return tally.different == 0 && accounted == tally.messages ? 0 : 1;
}

double processor_seconds(int who)
{
    rusage used{};
    ::getrusage(who, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Nanoseconds of processor time of another process.
double processor_seconds_of(pid_t process)
{
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Cost {
    double wall = 0, processor = 0; ///< microseconds a message
};

constexpr int rounds = 15;

template <class Work> Cost cost_of(const Role& role, int repeats, const Work& work)
{
    const auto processor = [&] {
        double sum = processor_seconds(RUSAGE_SELF);
        for (const pid_t worker : role.workers())
            sum += processor_seconds_of(worker);
        return sum;
    };
    const double before = processor();
    const auto start = Clock::now();
    work();
    const auto wall = std::chrono::duration<double>(Clock::now() - start).count();
    return {wall * 1e6 / repeats, (processor() - before) * 1e6 / repeats};
}

net::awaitable<void> scan_again(Role& role, const mail::Message& message, int repeats)
{
    for (int i = 0; i < repeats; ++i)
        co_await role.scanner->scan(message);
}

mail::Message message_of(std::size_t size)
{
    std::string text = "From: a@b.example\r\nSubject: cost\r\n\r\n";
    while (text.size() + 72 < size)
        text += "Words and more words of a letter that somebody wrote to somebody else.\r\n";
    text.append(size - std::min(size, text.size()), '.');
    return mail::Message::from_text(text);
}

double middle(std::vector<double> values)
{
    std::ranges::nth_element(values, values.begin() + values.size() / 2);
    return values[values.size() / 2];
}

int cost()
{
    Role role{{.workers = 1, .messages_a_worker = 1'000'000}};
    const auto layers = all_layers();
    if (!layers)
        return 2;
    net::Loop loop{net::Env::real()};
    for (const std::size_t size :
         {std::size_t{1} << 10, std::size_t{16} << 10, std::size_t{256} << 10}) {
        const auto message = message_of(size);
        const int repeats = size < 100'000 ? 500 : 50;
        std::vector<double> here, there, wall;
        for (int round = 0; round < rounds; ++round) {
            const auto alone = cost_of(role, repeats, [&] {
                for (int i = 0; i < repeats; ++i)
                    filters::examine(message, filters::named(*layers));
            });
            const auto sealed = cost_of(role, repeats, [&] {
                loop.spawn("scan", scan_again(role, message, repeats));
                loop.run();
                loop.context().restart();
            });
            here.push_back(alone.processor);
            there.push_back(sealed.processor - alone.processor);
            wall.push_back(sealed.wall - alone.wall);
        }
        fmt::print("{:>6} KiB: {:8.1f} us in this process; a worker adds {:6.1f} us of processor "
                   "time, {:6.1f} us until the answer (medians of {} x {})\n",
                   size >> 10, middle(here), middle(there), middle(wall), rounds, repeats);
        std::fflush(stdout);
    }
    return 0;
}
}

int main(int argc, char** argv)
{
    const std::span<char*> arguments{argv, static_cast<std::size_t>(argc)};
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "same" && argc > 2)
        return same(arguments.subspan(2));
    if (verb == "kill" && argc > 3)
        return kill_at_random(std::stoul(argv[2]), arguments.subspan(3));
    if (verb == "cost")
        return cost();
    fmt::print(stderr, "usage: scan_role same PATH... | kill MESSAGES PATH... | cost\n");
    return 2;
}
