// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/gate_link.hpp"
#include "web/front/html.hpp"
#include "web/front/settings.hpp"
#include "web/front/text.hpp"

#include <boost/json/value.hpp>

#include <array>

namespace front {
struct SetupWords;

/// The first run in the browser: a one-time link makes the first administrator, who is then led
/// through the few things that a gateway has to know. Works without JavaScript; each page asks the
/// gate, tests what was said for real, and keeps it there.
class Setup {
public:
    Setup(const Settings& settings, GateLink& gate) : settings_{settings}, gate_{gate} { }
    /// GET and POST of /setup and below. Throws GateSilent.
    awaitable<net::HttpResponse> answer(const net::HttpRequest& request, const Visitor& visitor);

private:
    /// One page's request: what was asked for and by whom.
    struct Visit {
        const net::HttpRequest& request;
        const Visitor& visitor;
        std::string step; ///< "domain"
        Fields query, form;
        bool is_post = false;
        std::string csrf = {};
        boost::json::value settings = {}; ///< the gate's; null before there is an account
        boost::json::value certificate = {}; ///< what uses one
    };
    struct Step {
        std::string_view name; ///< "domain"
        awaitable<net::HttpResponse> (Setup::*answer)(Visit);
        std::string_view SetupWords::* title;
    };
    static const std::array<Step, 7> steps;
    /// Where that step stands among them; behind the last where there is none.
    static std::size_t place_of(std::string_view name);
    /// The gate has an answer to it, or it asks for none.
    static bool is_kept(const Visit& visit, const Step& step);
    /// All steps: where one is, which are done or left for later, and the way back to those.
    static Html progress(const Visit& visit);
    /// What the gate said.
    struct Told {
        unsigned status = 0;
        boost::json::value document;
        std::string problem() const;
        bool is_good() const { return status / 100 == 2; }
    };
    awaitable<Told> ask(const Visit& visit, std::string method, std::string path,
                        std::string json = {});
    net::HttpResponse page(const Visit& visit, std::string_view title, Html body,
                           unsigned status = 200) const;
    net::HttpResponse locked_page(const Visit& visit, std::string_view title, std::string_view next,
                                  const std::string& where) const;
    Html form(const Visit& visit, Html inside) const;

    awaitable<net::HttpResponse> account(Visit visit);
    awaitable<net::HttpResponse> make_account(Visit visit);
    awaitable<net::HttpResponse> domain(Visit visit);
    awaitable<net::HttpResponse> test_domain(Visit visit);
    awaitable<net::HttpResponse> keep_domain(Visit visit);
    awaitable<net::HttpResponse> certificate(Visit visit);
    net::HttpResponse certificate_taken(const Visit& visit) const;
    awaitable<net::HttpResponse> dns(Visit visit);
    awaitable<net::HttpResponse> lists(Visit visit);
    awaitable<net::HttpResponse> preset(Visit visit);
    awaitable<net::HttpResponse> message(Visit visit);
    awaitable<net::HttpResponse> done(Visit visit);

    const Settings& settings_;
    GateLink& gate_;
};
}
