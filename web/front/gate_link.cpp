// SPDX-License-Identifier: Apache-2.0
#include "web/front/gate_link.hpp"

#include "gateway/net/http_exchange.hpp"

namespace front {
using namespace std::chrono_literals;

namespace {
constexpr std::size_t most_under_way = 200, most_of_session = 16, most_of_address = 100;
constexpr auto question_limit = 20s, act_limit = 60s, piece_limit = 30s;
/// After so long without a word it is looked whether the gate lives, which takes it no time.
constexpr auto patience = 3s, sign_of_life = 2s;
constexpr std::size_t own_answer_limit = 4U << 20;
constexpr std::size_t longest_agent = 200;
constexpr std::string_view session_field = "mailweir-session";

void add_visitor(net::HttpRequest& request, const Visitor& visitor)
{
    request.headers["Mailweir-Client"] = visitor.ip.to_string();
    request.headers["Accept-Language"] = code_of(visitor.language);
    if (visitor.is_secure)
        request.headers["Mailweir-Secure"] = "1";
}
}

/// One question under way, from its connection to the last octet of the answer.
class GateLink::UnderWay {
public:
    /// Throws GateSilent where there are too many.
    UnderWay(std::shared_ptr<Questions> questions, const net::HttpRequest& request)
        : questions_{std::move(questions)}, address_{header(request, "Mailweir-Client")},
          session_{header(request, "authorization")}
    {
        if (session_.empty())
            session_ = header(request, "Authorization");
        const auto count = [this](const std::string& who) {
            const auto found = questions_->by.find(who);
            return found == questions_->by.end() ? 0 : found->second;
        };
        if (questions_->all >= most_under_way)
            throw GateSilent{"too many questions at once", GateSilent::Why::away};
        if (count(address_) >= most_of_address
            || (!session_.empty() && count(session_) >= most_of_session))
            throw GateSilent{"too many questions at once of " + address_, GateSilent::Why::crowded};
        ++questions_->all;
        ++questions_->by[address_];
        ++questions_->by[session_];
    }
    ~UnderWay()
    {
        --questions_->all;
        for (const auto* who : {&address_, &session_})
            if (--questions_->by[*who] == 0)
                questions_->by.erase(*who);
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

private:
    std::shared_ptr<Questions> questions_;
    std::string address_, session_;
};

awaitable<void> GateLink::expect_life(GateSilent::Why otherwise)
{
    try {
        co_await net::http_exchange(net::Stream::connect_local(socket_),
                                    {.method = "GET", .target = "/api/v1/site"},
                                    {.answer = sign_of_life});
    } catch (const net::TimedOut&) {
        throw GateSilent{"it gives no sign of life", otherwise};
    }
}

awaitable<net::HttpResponse> GateLink::ask(net::HttpRequest request)
{
    using Why = GateSilent::Why;
    const auto under_way = std::make_shared<UnderWay>(under_way_, request);
    const bool is_question = is_safe(request.method);
    // What it was told to do it may still do.
    const auto otherwise = is_question ? Why::away : Why::slow;
    const net::ExchangeLimits limits{.answer = is_question ? question_limit : act_limit,
                                     .piece = piece_limit,
                                     .patience = patience,
                                     .on_silence
                                     = [this, otherwise] { return expect_life(otherwise); }};
    try {
        auto response = co_await net::http_exchange(net::Stream::connect_local(socket_),
                                                    std::move(request), limits);
        response.more = [under_way, more = std::move(response.more)] { return more(); };
        co_return response;
    } catch (const net::TimedOut&) {
        throw GateSilent{"it took too long", Why::slow};
    } catch (const net::ConnectionLost& lost) {
        throw GateSilent{lost.what(), Why::away};
    }
}

awaitable<net::HttpResponse> GateLink::ask(const Visitor& visitor, Question question)
{
    net::HttpRequest request{.method = std::move(question.method),
                             .target = std::move(question.target),
                             .headers = {{"Accept", "application/json"}},
                             .body = std::move(question.json)};
    if (!request.body.empty())
        request.headers["Content-Type"] = "application/json";
    if (!question.token.empty())
        request.headers["Authorization"] = "Bearer " + question.token;
    if (question.csrf) {
        request.headers["Mailweir-Cookie"] = "1";
        request.headers["X-CSRF-Token"] = *question.csrf;
    }
    add_visitor(request, visitor);
    auto response = co_await ask(std::move(request));
    try {
        co_await net::gather_body(response, own_answer_limit);
    } catch (const net::TimedOut&) {
        throw GateSilent{"it took too long", GateSilent::Why::slow};
    } catch (const net::ConnectionLost& lost) {
        throw GateSilent{lost.what(), GateSilent::Why::away};
    }
    co_return response;
}

net::HttpRequest forwarded(net::HttpRequest request, const Visitor& visitor)
{
    net::HttpRequest next{.method = std::move(request.method),
                          .target = std::move(request.target),
                          .body = std::move(request.body)};
    for (const auto* name :
         {"accept", "content-type", "x-csrf-token", "if-match", "idempotency-key", "authorization"})
        if (const auto value = header(request, name); !value.empty())
            next.headers[name] = value;
    next.headers["user-agent"] = header(request, "user-agent").substr(0, longest_agent);
    add_visitor(next, visitor);
    if (!next.headers.contains("authorization") && !visitor.session.empty()) {
        next.headers["authorization"] = "Bearer " + visitor.session;
        next.headers["Mailweir-Cookie"] = "1";
    }
    return next;
}

void make_public(net::HttpResponse& response, const Visitor& visitor)
{
    std::map<std::string, std::string> kept;
    for (const auto* name : {"content-disposition", "retry-after", "www-authenticate", "link",
                             "location", "etag", "allow"})
        if (const auto found = response.headers.find(name); found != response.headers.end())
            kept.insert(*found);
    if (const auto session = response.headers.find(std::string{session_field});
        session != response.headers.end())
        kept["Set-Cookie"]
            = session_cookie(visitor, session->second == "-" ? std::string{} : session->second);
    response.headers = std::move(kept);
}
}
