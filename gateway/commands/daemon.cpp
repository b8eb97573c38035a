// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"

#include "gateway/commands/source.hpp"
#include "gateway/config_values.hpp"
#include "gateway/doors.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/net/http.hpp"
#include "web/api/document.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace app::commands {
namespace {
constexpr std::chrono::seconds patience{120};

/// The data directory that the command line and the configuration mean; a broken configuration must
/// not keep an administrator from the daemon, so only that key is read.
std::string data_directory(const Arguments& arguments)
{
    if (arguments.has("--data"))
        return arguments.text("--data");
    const auto source = source_of(arguments);
    if (!source.file)
        return "mailweir-data";
    if (const auto configuration = load_configuration(source))
        return configuration->data;
    std::string directory = "mailweir-data";
    for (const auto& file : files_of(*source.file)) {
        const auto text = read_file(file);
        const auto tree = text ? filters::Yaml::parse(*text, file) : filters::Yaml{};
        if (tree && tree->is_map() && tree->has("data"))
            directory = path_of(value_of(*tree, "data"));
    }
    return directory;
}

Exit exit_of(unsigned status)
{
    switch (status) {
    case 403:
        return Exit::forbidden;
    case 404:
        return Exit::not_found;
    case 400:
        return Exit::usage;
    case 422:
        return Exit::invalid;
    default:
        return Exit::failed;
    }
}
}

Daemon::Daemon(const Arguments& arguments) : socket_{control_socket_of(data_directory(arguments))}
{ }

std::expected<Answer, Exit> Daemon::ask_whatever(const std::string& method,
                                                 const std::string& target, std::string body) const
{
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    auto response = net::http_over_socket(socket_, request, patience);
    if (!response) {
        const auto& failure = response.error();
        std::fprintf(stderr, "mailweir: %s%s\n", failure.text.c_str(),
                     failure.is_unreachable
                         ? " (is `mailweir serve` running? --data or --config say where)"
                         : "");
        return std::unexpected{failure.is_unreachable ? Exit::unreachable : Exit::failed};
    }
    Answer answer{response->status, std::move(response->body), {}};
    if (auto document = web::parse_json(answer.body))
        answer.document = std::move(*document);
    return answer;
}

std::expected<Answer, Exit> Daemon::ask(const std::string& method, const std::string& target,
                                        std::string body) const
{
    auto answer = ask_whatever(method, target, std::move(body));
    if (!answer || answer->status < 400)
        return answer;
    return std::unexpected{print_problem(*answer)};
}

std::expected<boost::json::array, Exit> Daemon::rows(const std::string& path, std::string query,
                                                     std::size_t limit) const
{
    boost::json::array all;
    std::string after;
    while (all.size() < limit) {
        const auto page = std::min<std::size_t>(limit - all.size(), 1000);
        auto target = fmt::format("{}?limit={}{}{}", path, page, query.empty() ? "" : "&", query);
        if (!after.empty())
            target += "&after=" + after;
        const auto answer = ask("GET", target);
        if (!answer)
            return std::unexpected{answer.error()};
        for (const auto& row : web::array_member(answer->document, "rows"))
            all.push_back(row);
        after = web::text_member(answer->document, "next").value_or("");
        if (after.empty())
            break;
    }
    return all;
}

Exit print_problem(const Answer& answer)
{
    const auto title = web::text_member(answer.document, "title").value_or("failed");
    const auto detail = web::text_member(answer.document, "detail").value_or("");
    std::fprintf(stderr, "mailweir: %s%s%s\n", title.c_str(), detail.empty() ? "" : ": ",
                 detail.c_str());
    return exit_of(answer.status);
}

std::vector<Option> with_daemon_options(std::vector<Option> options)
{
    options.push_back(config_option());
    options.push_back(
        {"--data", "DIR", "data directory of the running gateway (default: ./mailweir-data)"});
    return options;
}

std::size_t limit_of(const Arguments& arguments, std::size_t otherwise)
{
    if (!arguments.has("--limit"))
        return otherwise;
    const auto number = filters::parse_number(arguments.text("--limit")).value_or(0);
    return number < 0 ? 0 : static_cast<std::size_t>(number);
}

std::string escaped_segment(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool is_plain
            = mail::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
        out += is_plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string query_text(const std::vector<std::pair<std::string_view, std::string>>& pairs)
{
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (value.empty())
            continue;
        out += (out.empty() ? "" : "&") + std::string{name} + "=" + escaped_segment(value);
    }
    return out;
}
}
