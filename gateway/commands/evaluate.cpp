// SPDX-License-Identifier: Apache-2.0
// How well the classifier learns: each message is judged, then learnt, then the next.
#include "filters/classify/evaluation.hpp"
#include "filters/classify/model.hpp"
#include "filters/content/analysis.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/message_files.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <expected>
#include <fstream>
#include <optional>
#include <sstream>

namespace app::commands {
namespace {
using filters::classify::Label;

struct Labelled {
    Label label = Label::ham;
    std::string path;
};

/// Lines "spam PATH" and "ham PATH".
std::expected<std::vector<Labelled>, Exit> read_index(const std::string& path, std::size_t limit)
{
    std::ifstream in{path};
    if (!in) {
        std::fprintf(stderr, "mailweir: %s: cannot be read\n", path.c_str());
        return std::unexpected{Exit::not_found};
    }
    std::vector<Labelled> index;
    std::size_t number = 0;
    for (std::string line; index.size() < limit && std::getline(in, line);) {
        ++number;
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.pop_back();
        if (line.empty())
            continue;
        const auto blank = line.find(' ');
        const auto word = line.substr(0, blank);
        if (blank == std::string::npos || (word != "spam" && word != "ham")) {
            std::fprintf(stderr, "mailweir: %s:%zu: wants \"spam PATH\" or \"ham PATH\"\n",
                         path.c_str(), number);
            return std::unexpected{Exit::failed};
        }
        index.push_back({word == "spam" ? Label::spam : Label::ham, line.substr(blank + 1)});
    }
    return index;
}

using Clock = std::chrono::steady_clock;

/// Time spent on all messages together.
struct Spent {
    Clock::duration analysis{}, features{}, judging{}, learning{};
};

/// What `does` returns; its time is added to `spent`.
auto timed(Clock::duration& spent, const auto& does)
{
    const auto begun = Clock::now();
    auto result = does();
    spent += Clock::now() - begun;
    return result;
}

std::optional<filters::content::Features> features_of(const std::string& path, Spent& spent)
{
    std::ifstream in{path, std::ios::binary};
    std::stringstream octets;
    octets << in.rdbuf(); // of a folder nothing can be read
    const auto text = octets.str();
    if (!in || in.bad() || text.empty()) {
        std::fprintf(stderr, "mailweir: %s: cannot be read\n", path.c_str());
        return {};
    }
    const auto message = mail::Message::from_text(with_crlf(text));
    const auto content
        = timed(spent.analysis, [&] { return filters::content::analyse(message, {}); });
    return timed(spent.features,
                 [&] { return filters::content::extract_features(message, content); });
}

void print_one(const Labelled& one, double probability)
{
    web::JsonWriter out;
    out.begin_object().member("label", one.label == Label::spam ? "spam" : "ham");
    out.member("probability", probability).member("path", one.path).end_object();
    std::puts(out.str().c_str());
}

/// Microseconds of each of `messages`.
double micros(Clock::duration spent, std::size_t messages)
{
    return std::chrono::duration<double, std::micro>(spent).count()
        / static_cast<double>(std::max<std::size_t>(1, messages));
}

void print_json(const filters::classify::Evaluation::Result& result, const Spent& spent)
{
    const auto messages = result.ham + result.spam;
    web::JsonWriter out;
    out.begin_object().member("ham", result.ham).member("spam", result.spam);
    out.member("misclassified_ham", result.misclassified_ham);
    out.member("misclassified_spam", result.misclassified_spam);
    out.member("one_minus_roca_percent", result.one_minus_roc_area);
    out.member("ece", result.calibration_error);
    out.member("false_positives_percent_at_1_percent_missed", result.false_positives_at_1);
    out.member("false_positives_percent_at_5_percent_missed", result.false_positives_at_5);
    out.member("analysis_us", micros(spent.analysis, messages));
    out.member("features_us", micros(spent.features, messages));
    out.member("judging_us", micros(spent.judging, messages));
    out.member("learning_us", micros(spent.learning, messages));
    std::puts(out.end_object().str().c_str());
}

void print_text(const filters::classify::Evaluation::Result& result, const Spent& spent)
{
    const auto messages = result.ham + result.spam;
    fmt::print("messages: {} ham, {} spam\n"
               "misclassified at 0.5: {} ham, {} spam\n"
               "1-ROCA (%): {:.4f}\n"
               "calibration error (ECE): {:.4f}\n"
               "false positives at 1 % missed spam: {:.3f} %\n"
               "false positives at 5 % missed spam: {:.3f} %\n"
               "time a message: analysis {:.0f} µs, features {:.0f} µs, judging {:.0f} µs, "
               "learning {:.0f} µs\n",
               result.ham, result.spam, result.misclassified_ham, result.misclassified_spam,
               result.one_minus_roc_area, result.calibration_error, result.false_positives_at_1,
               result.false_positives_at_5, micros(spent.analysis, messages),
               micros(spent.features, messages), micros(spent.judging, messages),
               micros(spent.learning, messages));
}

std::optional<std::size_t> limit_in(const Arguments& arguments)
{
    const auto text = arguments.text("--limit", std::to_string(SIZE_MAX));
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc{} || end != text.data() + text.size() || limit == 0) {
        std::fprintf(stderr, "mailweir: --limit %s: wants a number\n", text.c_str());
        return {};
    }
    return limit;
}

Exit evaluate(const Arguments& arguments)
{
    const auto limit = limit_in(arguments);
    if (!limit)
        return Exit::usage;
    const auto file = arguments.text("--index");
    const auto index = read_index(file, *limit);
    if (!index)
        return index.error();
    const auto slash = file.rfind('/');
    const auto root
        = arguments.text("--root", slash == std::string::npos ? "." : file.substr(0, slash));
    const bool is_jsonl = output_of(arguments) == Output::jsonl;
    filters::classify::Model model;
    filters::classify::Evaluation evaluation;
    Spent spent;
    {
        Progress progress{"messages", index->size()};
        for (const auto& one : *index) {
            const auto features = features_of(root + "/" + one.path, spent);
            if (!features)
                return Exit::not_found;
            const auto opinion = timed(spent.judging, [&] { return model.judge(*features); });
            evaluation.add(one.label == Label::spam, opinion.logit);
            if (is_jsonl)
                print_one(one, opinion.probability);
            timed(spent.learning, [&] {
                return model.learn(*features, one.label, filters::classify::Trust::full);
            });
            progress.step();
        }
    }
    is_jsonl || output_of(arguments) == Output::json ? print_json(evaluation.result(), spent)
                                                     : print_text(evaluation.result(), spent);
    return Exit::ok;
}
}

std::vector<Command> evaluate_commands()
{
    return {{"evaluate",
             "",
             "how well the classifier learns mail with known labels: judge one, learn it, go on",
             {{"--index", "FILE", "lines \"spam PATH\" and \"ham PATH\", in the order of learning",
               false, true},
              {"--root", "DIR", "where the paths begin (default: the file's folder)"},
              {"--limit", "N", "only the first N messages"},
              json_option(),
              jsonl_option()},
             evaluate}};
}
}
