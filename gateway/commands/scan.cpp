// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scan.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/findings_json.hpp"
#include "filters/policy_document.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/commands/authentication.hpp"
#include "gateway/commands/content_json.hpp"
#include "gateway/commands/dns_options.hpp"
#include "gateway/commands/explain_file.hpp"
#include "gateway/commands/offline_judge.hpp"
#include "gateway/commands/ordered_output.hpp"
#include "gateway/commands/scan_summary.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/scan_role.hpp"
#include "gateway/snapshot.hpp"
#include "web/api/json.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

namespace app::commands {
namespace {
/// Configuration, policy and layers for judging without a daemon.
struct Desk {
    ConfigurationSource source;
    std::optional<Configuration> configuration;
    std::unique_ptr<OwnScanRole> scan_role; ///< before all threads; none: analysed in this process
    std::unique_ptr<filters::Scanner> scanner;
    std::unique_ptr<Offline> offline;
    std::shared_ptr<Authentications> authentications; ///< null: nobody wants them
    smtp::SnapshotPointer snapshot;
};

void start_workers(Desk& desk)
{
    desk.scan_role = std::make_unique<OwnScanRole>(desk.source, *desk.configuration);
    desk.scanner = std::make_unique<filters::Scanner>(
        desk.scan_role->requests(),
        filters::ScannerLimits{.workers = std::max(1U, std::thread::hardware_concurrency())});
}

Envelope envelope_of(const Arguments& arguments)
{
    return {arguments.text("--client"), arguments.text("--helo"), arguments.text("--from"),
            arguments.texts("--to"),
            arguments.text("--direction") == "outbound" ? mail::Direction::outbound
                                                        : mail::Direction::inbound};
}

Exit prepare(const Arguments& arguments, Desk& desk)
{
    const auto direction = arguments.text("--direction", "inbound");
    auto wrong = problem_of(envelope_of(arguments));
    if (direction != "inbound" && direction != "outbound")
        wrong = "--direction " + direction + ": wants inbound or outbound";
    if (!wrong.empty()) {
        std::fprintf(stderr, "mailweir: %s\n", wrong.c_str());
        return Exit::usage;
    }
    desk.source = source_of(arguments);
    desk.configuration = load_or_complain(desk.source);
    if (!desk.configuration)
        return Exit::invalid;
    auto dns = dns_settings_or_complain(arguments, desk.configuration->dns);
    if (!dns)
        return Exit::usage;
    if (!arguments.has("--in-process"))
        start_workers(desk);
    desk.offline = std::make_unique<Offline>();
    desk.offline->services().scanner = desk.scanner.get();
    desk.offline->ask_dns(std::move(*dns));
    desk.offline->serve_domains_of(*desk.configuration);
    desk.offline->judge_by(desk.configuration->data);
    if (output_of(arguments) != Output::table && !arguments.has("--summary"))
        desk.authentications = std::make_shared<Authentications>();
    filters::Witness::appoint(desk.offline->services(), desk.authentications);
    auto snapshot = build_judging_snapshot(*desk.configuration, desk.offline->services());
    if (!snapshot) {
        std::fputs(filters::to_string(snapshot.error()).c_str(), stderr);
        return Exit::invalid;
    }
    desk.snapshot = std::move(*snapshot);
    return Exit::ok;
}

double two_places(double value) { return std::round(value * 100) / 100; }

/// Each fact with the points that it brought the first recipient.
void write_findings(web::JsonWriter& out, const Judged& judged)
{
    const auto write = [&](const mail::Findings& shared, const mail::Findings& own,
                           const std::vector<filters::Points>& points) {
        for (const auto& fact : filters::stored_facts(shared, own, points))
            out.begin_object()
                .member("name", fact.name)
                .member("detail", fact.detail)
                .member("evidence", fact.evidence)
                .member("points", fact.points)
                .end_object();
    };
    out.key("findings").begin_array();
    const auto& recipients = judged.mail.recipients;
    write(judged.mail.findings, recipients.empty() ? mail::Findings{} : recipients.front().findings,
          judged.judgements.empty() ? std::vector<filters::Points>{}
                                    : judged.judgements.front().points);
    for (std::size_t i = 1; i < recipients.size(); ++i)
        write({}, recipients[i].findings, {});
    out.end_array();
}

/// What the standards say of it: what its layers found out, and what none of them was asked.
net::awaitable<Authentication> authentication_of(const Judged& judged,
                                                 const filters::Services& services,
                                                 KnownAuthentication known)
{
    const auto& mail = judged.mail;
    filters::auth::MailDns dns{services.resolver, mail};
    auto question = filters::auth::spf_question(mail.client.ip, mail.client.helo, mail.sender);
    question.now = mail.received_at;
    co_return co_await authenticate(std::move(question), mail.message, dns, *services.pool,
                                    std::move(known));
}

/// Of spam, as the layer classifier says; nothing where it is silent.
std::optional<double> probability_of(const mail::Findings& findings)
{
    for (const auto& finding : findings)
        if (finding.name == "classifier.spam" || finding.name == "classifier.ham"
            || finding.name == "classifier.unsure")
            return std::strtod(finding.detail.c_str(), nullptr);
    return {};
}

/// interface.md §1.
std::string as_json(const Judged& judged, const Authentication& authentication)
{
    web::JsonWriter out;
    out.begin_object().member("path", judged.path).member("id", judged.mail.id.to_string());
    if (!judged.problem.empty())
        return out.member("error", judged.problem).end_object().take();
    out.member("size", judged.mail.message.size());
    const auto& verdict = judged.judgements.front().verdict;
    out.key("verdict").begin_object().member("action", mail::to_string(verdict.action));
    out.member("score", verdict.score);
    if (const auto probability = probability_of(judged.mail.findings))
        out.member("probability", *probability);
    else
        out.key("probability").null();
    out.member("rule", verdict.rule).end_object();
    out.key("recipients").begin_array();
    for (const auto& recipient : judged.mail.recipients)
        out.begin_object()
            .member("address", recipient.address.to_string())
            .member("action", mail::to_string(recipient.verdict.action))
            .member("rule", recipient.verdict.rule)
            .end_object();
    out.end_array();
    out.key("auth");
    write_authentication(out, authentication);
    write_findings(out, judged);
    const auto& header = judged.mail.message.header();
    out.key("content").begin_object().member("subject", header.decoded("Subject"));
    out.member("from", header.decoded("From"));
    write_parts_and_urls(out, judged.mail.content ? *judged.mail.content : filters::Content{});
    out.end_object();
    out.key("timings_ms").begin_object().member("parse", two_places(judged.parse_ms));
    out.member("layers", two_places(judged.layers_ms)).end_object();
    return out.end_object().take();
}

std::string as_line(const Judged& judged)
{
    if (!judged.problem.empty())
        return fmt::format("{:<10} {:>6}  {}  {}\n", "error", "", printable(judged.path),
                           judged.problem);
    const auto& verdict = judged.judgements.front().verdict;
    return fmt::format("{:<10} {:>6.2f}  {}  {}  {}\n", mail::to_string(verdict.action),
                       verdict.score, printable(judged.path), printable(verdict.rule),
                       printable(judged.mail.message.header().decoded("Subject")));
}

/// A scan of many messages over all cores, with progress for people.
class Scan {
public:
    Scan(Desk& desk, Envelope envelope, MessageFiles files, Output output, bool only_summary)
        : services_{desk.offline->services()}, authentications_{desk.authentications},
          judge_{*desk.snapshot, std::move(envelope)}, files_{std::move(files)},
          output_form_{output}, only_summary_{only_summary},
          output_{64, [this](const std::string& text) { write(text); }}
    { }

    Exit run()
    {
        const auto start = std::chrono::steady_clock::now();
        if (output_form_ == Output::json && !only_summary_)
            std::fputs("[", stdout);
        std::vector<std::thread> threads;
        left_ = std::max(1U, std::thread::hardware_concurrency());
        for (unsigned i = left_; i > 0; --i)
            threads.emplace_back([this] { work(); });
        show_progress(start);
        for (auto& thread : threads)
            thread.join();
        if (output_form_ == Output::json && !only_summary_)
            std::fputs("]\n", stdout);
        if (only_summary_)
            std::fputs(summary_.text().c_str(), stdout);
        return summary_.unreadable() > 0 ? Exit::failed : Exit::ok;
    }

private:
    void work()
    {
        net::Loop loop{net::Env::real()};
        loop.spawn("scan", judge_all());
        loop.run();
        const std::scoped_lock lock{mutex_};
        if (--left_ == 0)
            done_.notify_all();
    }
    // Reading a file here holds up nobody: this loop does nothing else.
    net::awaitable<void> judge_all()
    {
        while (auto raw = files_.next()) {
            Judged judged;
            judged.number = raw->number;
            judged.path = raw->path;
            Authentication authentication;
            try {
                judged = co_await judge_.judge(std::move(*raw));
                auto& mail = judged.mail;
                if (judged.problem.empty() && output_form_ != Output::table && !mail.content) {
                    auto scanned = co_await filters::scan(mail.message, {}, services_);
                    mail.content = std::make_shared<filters::Content>(std::move(scanned.content));
                }
                if (judged.problem.empty() && authentications_)
                    authentication = co_await authentication_of(judged, services_,
                                                                authentications_->take(mail.id));
            } catch (const std::exception& error) {
                judged.problem = error.what(); // those behind it wait for its number
            }
            output_.put(judged.number, text_of(judged, authentication));
        }
    }
    std::string text_of(const Judged& judged, const Authentication& authentication)
    {
        {
            const std::scoped_lock lock{mutex_};
            if (judged.problem.empty())
                summary_.add(judged.path, judged.mail.message.header().decoded("Subject"),
                             judged.judgements.front().verdict,
                             judge_.policy_of(judged.mail.recipients.front()));
            else
                summary_.add_unreadable(judged.path, judged.problem);
        }
        if (only_summary_)
            return {};
        return output_form_ == Output::table ? as_line(judged) : as_json(judged, authentication);
    }
    void write(const std::string& text)
    {
        if (only_summary_)
            return;
        if (output_form_ == Output::json && std::exchange(has_written_, true))
            std::fputs(",\n", stdout);
        std::fwrite(text.data(), 1, text.size(), stdout);
        if (output_form_ == Output::jsonl)
            std::fputc('\n', stdout);
    }
    void show_progress(std::chrono::steady_clock::time_point start)
    {
        const bool is_shown = is_terminal(STDERR_FILENO);
        std::unique_lock lock{mutex_};
        while (
            !done_.wait_for(lock, std::chrono::milliseconds{250}, [this] { return left_ == 0; })) {
            const auto seconds
                = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            const auto read = static_cast<double>(std::max<std::uint64_t>(files_.octets_read(), 1));
            const auto rest = seconds * (static_cast<double>(files_.octets()) - read) / read;
            if (is_shown && seconds > 1)
                fmt::print(stderr, "\r{} messages, {:.0f}/s, {} left    ", summary_.messages(),
                           static_cast<double>(summary_.messages()) / seconds, span_text(rest));
        }
        if (is_shown)
            std::fputs("\r\x1b[K", stderr);
    }

    filters::Services& services_;
    std::shared_ptr<Authentications> authentications_;
    OfflineJudge judge_;
    MessageFiles files_;
    Output output_form_;
    bool only_summary_, has_written_ = false;
    OrderedOutput output_;
    std::mutex mutex_;
    std::condition_variable done_;
    unsigned left_ = 0;
    ScanSummary summary_;
};

Exit scan(const Arguments& arguments)
{
    Desk desk;
    if (const auto code = prepare(arguments, desk); code != Exit::ok)
        return code;
    auto files = MessageFiles::find(arguments.texts("PATH"));
    if (!files) {
        std::fprintf(stderr, "mailweir: %s\n", files.error().c_str());
        return Exit::not_found;
    }
    return Scan{desk, envelope_of(arguments), std::move(*files), output_of(arguments),
                arguments.has("--summary")}
        .run();
}
}

std::vector<Option> envelope_options()
{
    return {{"--client", "IP", "who handed it over (default: the topmost Received field's)"},
            {"--helo", "NAME", "what it said in HELO"},
            {"--from", "ADDR", "envelope sender, <> for none (default: Return-Path, else From)"},
            {"--to", "ADDR", "envelope recipient (default: X-Envelope-To, Delivered-To, else To)",
             true},
            {"--direction", "inbound|outbound", "default: inbound"}};
}

std::vector<Option> explain_options()
{
    auto options = envelope_options();
    for (const auto& option : dns_options())
        options.push_back(option);
    options.insert(options.end(),
                   {{"WHAT", "", "ID, ID/N, a message file, or - for stdin", false, true},
                    data_option(),
                    config_option(),
                    json_option()});
    return options;
}

Exit explain_file(const Arguments& arguments, const std::string& path)
{
    Desk desk;
    if (const auto code = prepare(arguments, desk); code != Exit::ok)
        return code;
    auto files = MessageFiles::find({path});
    auto raw = files ? files->next() : std::nullopt;
    if (!raw) {
        std::fprintf(stderr, "mailweir: %s: nothing to judge\n", path.c_str());
        return Exit::not_found;
    }
    OfflineJudge judge{*desk.snapshot, envelope_of(arguments)};
    Judged judged;
    const auto into
        = [](OfflineJudge& by, RawMessage what, Judged& result) -> net::awaitable<void> {
        result = co_await by.judge(std::move(what));
    };
    run_to_end("explain", into(judge, std::move(*raw), judged));
    if (!judged.problem.empty() || judged.judgements.empty()) {
        std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), judged.problem.c_str());
        return Exit::failed;
    }
    for (std::size_t i = 0; i < judged.judgements.size(); ++i) {
        const auto& recipient = judged.mail.recipients[i];
        std::printf("%s to %s\n%s\n", printable(judged.path).c_str(),
                    recipient.address.to_string().c_str(),
                    filters::explain(judge.policy_of(recipient), judged.mail, recipient,
                                     judged.judgements[i])
                        .c_str());
    }
    return Exit::ok;
}

std::vector<Command> scan_commands()
{
    auto options = envelope_options();
    options.insert(
        options.end(),
        {{"PATH", "", "message files, mboxes, Maildirs, folders, or - for stdin", true, true},
         {"--summary", "", "only how many would be tagged, refused …, and those nearest the line"},
         {"--in-process", "", "without sandboxed workers"},
         config_option(),
         json_option(),
         jsonl_option()});
    for (const auto& option : dns_options())
        options.push_back(option);
    return {{"scan", "", "judge messages on disk", options, scan}};
}
}
