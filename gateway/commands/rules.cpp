// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/feeds/feed_files.hpp"
#include "filters/layer.hpp"
#include "filters/rules/installed_rules.hpp"
#include "filters/rules/rule_set.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/job.hpp"
#include "gateway/commands/message_files.hpp"
#include "gateway/commands/one_message.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>

namespace app::commands {
namespace {
namespace rulebook = filters::rulebook;
using Severity = rulebook::Remark::Severity;

Option rules_option()
{
    return {"--rules", "PATH",
            "a folder of *.cf files or one file, instead of what is "
            "configured",
            true};
}

std::vector<Option> with_rule_options(std::vector<Option> options)
{
    options.push_back(rules_option());
    options.push_back(config_option());
    return options;
}

/// What the configuration says of the layer `rules`, or what the options name.
std::optional<rulebook::InstalledRules> installed_or_complain(const Arguments& arguments)
{
    rulebook::InstalledRules installed;
    installed.folders = arguments.texts("--rules");
    if (!installed.folders.empty()) {
        installed.has_own = false;
        return installed;
    }
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return {};
    const auto& types = filters::layer_types();
    const auto type = std::ranges::find(types, "rules", &filters::LayerType::name);
    const auto given = configuration->layers.find("rules");
    const auto sink = std::make_shared<filters::Complaints>();
    const auto settings = filters::Settings::read(
        "rules", (*type)->settings,
        given == configuration->layers.end() ? filters::Yaml{} : given->second, sink);
    filters::Services services;
    filters::feeds::set_data_directory(services, configuration->data);
    installed.folders = filters::feeds::files_of(settings, "folders", services);
    if (!sink->empty()) {
        std::fputs(filters::to_string(*sink).c_str(), stderr);
        return {};
    }
    installed.has_own = settings.boolean("own");
    installed.has_spamassassin = settings.boolean("spamassassin");
    return installed;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// What nobody could read, on stderr; the rest is used all the same.
Exit complain(const rulebook::RuleBook& book)
{
    Exit exit = Exit::ok;
    for (const auto& remark : book.remarks)
        if (remark.severity == Severity::broken) {
            std::fputs((remark.complaint.to_string() + "\n").c_str(), stderr);
            exit = Exit::invalid;
        }
    return exit;
}

/// --show N; nullopt for what is no number.
std::optional<std::size_t> shown_or_complain(const Arguments& arguments)
{
    const auto shown = filters::parse_number(arguments.text("--show", "20"));
    if (!shown || *shown < 0) {
        std::fputs("mailweir: --show wants a number\n", stderr);
        return {};
    }
    return static_cast<std::size_t>(*shown);
}

Exit list(const Arguments& arguments)
{
    const auto installed = installed_or_complain(arguments);
    if (!installed)
        return Exit::invalid;
    auto book = rulebook::read_installed(*installed);
    const rulebook::RuleSet set{book, {}};
    for (const auto& test : set.tests())
        if (test.is_reported)
            std::puts(fmt::format("{:<32} {:>7.3f}  {:<10} {}", test.name, test.score,
                                  rulebook::to_string(test.kind), printable(test.description))
                          .c_str());
    return complain(book);
}

Exit check(const Arguments& arguments)
{
    const auto installed = installed_or_complain(arguments);
    if (!installed)
        return Exit::invalid;
    auto book = rulebook::read_installed(*installed);
    std::optional<Progress> progress{std::in_place, "tests", book.rules.size()};
    const rulebook::RuleSet set{book,
                                {.has_all_tests = true, .on_test = [&] { progress->step(); }}};
    progress.reset();
    std::array<std::size_t, 3> counts{};
    for (const auto& remark : book.remarks) {
        ++counts[static_cast<std::size_t>(remark.severity)];
        if (remark.severity != Severity::elsewhere || arguments.has("--all"))
            std::puts(remark.complaint.to_string().c_str());
    }
    std::puts(
        fmt::format("{} of {} run; {} broken, {} not supported, {} done by other layers (--all)",
                    set.tests().size(), counted(book.rules.size(), "test", "tests"),
                    counted(counts[0], "line", "lines"), counted(counts[1], "line", "lines"),
                    counted(counts[2], "line", "lines"))
            .c_str());
    return counts[0] == 0 ? Exit::ok : Exit::invalid;
}

rulebook::RuleSet::Result run(const rulebook::RuleSet& set, const mail::Message& message,
                              const filters::Content& content, rulebook::Costs& costs)
{
    const rulebook::MessageView view{message, content};
    filters::PatternBudget budget{std::chrono::seconds{1}};
    return set.run(view, budget, costs);
}

void print_trial(const boost::json::value& result)
{
    for (const auto& complaint : web::array_member(result, "complaints"))
        std::fputs(fmt::format("line {}: {}\n", web::number_member(complaint, "line"),
                               printable(web::text_member(complaint, "text").value_or("")))
                       .c_str(),
                   stderr);
    const auto& looked_at = web::member_of(result, "looked_at");
    std::puts(fmt::format("{:.0f} held messages ({:.0f} of them could not be scanned), {:.0f} rows "
                          "of history",
                          web::number_member(looked_at, "bodies"),
                          web::number_member(looked_at, "unscannable"),
                          web::number_member(looked_at, "history"))
                  .c_str());
    boost::json::array rows;
    for (auto test : web::array_member(result, "tests")) {
        boost::json::string examples;
        for (const auto& id : web::text_members(test, "examples"))
            examples += (examples.empty() ? "" : " ") + id;
        test.as_object()["shown"] = std::move(examples);
        rows.push_back(std::move(test));
    }
    print_table({{"RULE", "name", 40},
                 {"EFFECT", "effect"},
                 {"SCORE", "score"},
                 {"HELD HIT", "hits"},
                 {"HISTORY HIT", "history_hits"},
                 {"GAVE UP", "gave_up"},
                 {"US A MESSAGE", "microseconds"},
                 {"EXAMPLES", "shown", 60}},
                rows);
}

/// The rules of a file on the mail of a running gateway.
Exit try_on_mail(const Arguments& arguments)
{
    const auto files = arguments.texts("--rules");
    const auto days = filters::parse_real(arguments.text("--days", "7"));
    if (files.size() != 1 || !days) {
        std::fputs("mailweir: without MESSAGE, --rules names the one file that is tried on held "
                   "mail and history of --days N\n",
                   stderr);
        return Exit::usage;
    }
    const auto text = read_file(files.front());
    if (!text) {
        std::fprintf(stderr, "mailweir: %s\n", text.error().c_str());
        return Exit::not_found;
    }
    web::JsonWriter json;
    json.begin_object().member("kind", arguments.has("--words") ? "words" : "spamassassin");
    json.member("text", *text).member("days", *days).end_object();
    const Daemon daemon{arguments};
    const auto started = daemon.ask("POST", "/api/v1/rules/trial", json.take());
    if (!started)
        return started.error();
    const auto result = result_of_job(daemon, *started, "mails");
    if (!result)
        return result.error();
    if (output_of(arguments) == Output::table)
        print_trial(*result);
    else
        std::puts(web::json_text(*result).c_str());
    return Exit::ok;
}

Exit test(const Arguments& arguments)
{
    if (arguments.text("MESSAGE").empty())
        return try_on_mail(arguments);
    const auto installed = installed_or_complain(arguments);
    if (!installed)
        return Exit::invalid;
    const auto message = message_or_complain(arguments.text("MESSAGE"));
    if (!message)
        return Exit::not_found;
    auto book = rulebook::read_installed(*installed);
    const bool has_all = arguments.has("--all");
    const rulebook::RuleSet set{book, {.has_all_tests = has_all}};
    const auto content = filters::content::analyse(*message, {});
    rulebook::Costs costs;
    const auto result = run(set, *message, content, costs);
    double sum = 0;
    for (std::size_t i = 0; i < set.tests().size(); ++i) {
        const auto& one = set.tests()[i];
        if (result.values[i] == 0 || (!one.is_reported && !has_all))
            continue;
        sum += one.score;
        std::puts(
            fmt::format("{:>7.3f}  {:<32} {}", one.score, one.name, printable(one.description))
                .c_str());
    }
    for (const auto index : result.gave_up)
        std::puts(fmt::format("given up: {}", set.tests()[index].name).c_str());
    if (result.is_spent)
        std::puts("given up: all that came later");
    std::puts(fmt::format("{:>7.3f}  in all", sum).c_str());
    return complain(book);
}

double processor_seconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    constexpr double nano = 1e-9;
    return static_cast<double>(time.tv_sec) + nano * static_cast<double>(time.tv_nsec);
}

void print_costs(const rulebook::RuleSet& set, const rulebook::Costs& costs, std::size_t shown)
{
    std::vector<std::size_t> order(costs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, std::greater{}, [&](auto i) { return costs[i].time; });
    order.resize(std::min(shown, order.size()));
    std::puts("      time      runs   hits  test");
    for (const auto i : order)
        std::puts(fmt::format("{:>7.1f} ms {:>9} {:>6}  {}{}{}",
                              std::chrono::duration<double, std::milli>{costs[i].time}.count(),
                              costs[i].runs, costs[i].hits, set.tests()[i].name,
                              set.tests()[i].has_literals ? "" : "  (no literal)",
                              costs[i].gave_up > 0 ? "  (given up)" : "")
                      .c_str());
}

/// What the daemon counted since it started.
Exit live_stats(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/rules");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    const auto& tests = answer->document.at("tests").as_array();
    const double measured = web::number_member(answer->document, "measured");
    const auto most = shown_or_complain(arguments);
    if (!most)
        return Exit::usage;
    std::puts("us a message      hits  given up  test");
    for (std::size_t i = 0; i < std::min(*most, tests.size()); ++i) {
        constexpr double micro = 1e-3;
        const auto number = [&](const char* name) { return web::number_member(tests[i], name); };
        std::puts(fmt::format("{:>12.2f} {:>9.0f} {:>9.0f}  {}",
                              number("nanoseconds") * micro / std::max(measured, 1.0),
                              number("hits"), number("gave_up"),
                              printable(web::text_member(tests[i], "name").value_or("")))
                      .c_str());
    }
    std::puts(fmt::format("{:.0f} messages since the gateway started, time measured on {:.0f}",
                          web::number_member(answer->document, "messages"), measured)
                  .c_str());
    return Exit::ok;
}

Exit stats(const Arguments& arguments)
{
    if (arguments.texts("MESSAGES").empty())
        return live_stats(arguments);
    const auto installed = installed_or_complain(arguments);
    if (!installed)
        return Exit::invalid;
    const auto shown = shown_or_complain(arguments);
    if (!shown)
        return Exit::usage;
    auto book = rulebook::read_installed(*installed);
    const rulebook::RuleSet set{book, {}};
    Exit exit = complain(book);
    auto files = MessageFiles::find(arguments.texts("MESSAGES"));
    if (!files) {
        std::fprintf(stderr, "mailweir: %s\n", files.error().c_str());
        return Exit::not_found;
    }
    rulebook::Costs costs(arguments.has("--quick") ? 0 : set.tests().size());
    std::size_t messages = 0, octets = 0;
    double analysis = 0, rules = 0;
    Progress progress{"messages", 0};
    while (const auto raw = files->next()) {
        progress.step();
        if (!raw->problem.empty()) {
            std::fprintf(stderr, "mailweir: %s: %s\n", raw->path.c_str(), raw->problem.c_str());
            exit = Exit::failed;
            continue;
        }
        const auto message = mail::Message::from_text(with_crlf(raw->text));
        const double start = processor_seconds();
        const auto content = filters::content::analyse(message, {});
        const double middle = processor_seconds();
        run(set, message, content, costs);
        rules += processor_seconds() - middle;
        analysis += middle - start;
        octets += message.size();
        ++messages;
    }
    print_costs(set, costs, *shown);
    const double count = static_cast<double>(std::max<std::size_t>(messages, 1));
    constexpr double milli = 1e3, mega = 1e6;
    std::puts(
        fmt::format("{} of {:.1f} MB, {} tests: {:.3f} ms of processor a message for the tests, "
                    "{:.3f} ms for the analysis before; {:.1f} MB/s",
                    counted(messages, "message", "messages"), static_cast<double>(octets) / mega,
                    set.tests().size(), rules / count * milli, analysis / count * milli,
                    static_cast<double>(octets) / mega / std::max(rules, 1e-9))
            .c_str());
    return exit;
}
}

std::vector<Command> rule_commands()
{
    const Option all{"--all", "", "also what other tests use, and what other layers do"};
    const Option message{"MESSAGE", "",
                         "a message file, or - for stdin; without one: held mail and history of "
                         "the running gateway"};
    const Option messages{"MESSAGES", "",
                          "files, mboxes, Maildirs, folders; without any: what the running gateway "
                          "counted",
                          true};
    return {{"rules", "list", "the tests that give points", with_rule_options({}), list},
            {"rules", "check", "what of the rule files does not work, with file and line",
             with_rule_options({all}), check},
            {"rules", "test", "which tests hit a message, or what rules to be would have hit",
             with_daemon_options({message,
                                  rules_option(),
                                  all,
                                  {"--words", "", "the file has rules of the layer words, in YAML"},
                                  {"--days", "N", "so much of history; default: 7"},
                                  json_option()}),
             test},
            {"rules", "stats",
             "what each test costs over messages, or has cost the running gateway",
             with_daemon_options({messages,
                                  {"--show", "N", "so many of the dearest, 20"},
                                  {"--quick", "", "only the sum, without a clock around each test"},
                                  rules_option(),
                                  json_option()}),
             stats}};
}
}
