// SPDX-License-Identifier: Apache-2.0
#include "web/api/downloads.hpp"

#include "web/api/request.hpp"

namespace web {
class Downloads::Place {
public:
    Place(std::shared_ptr<Counts> counts, std::int64_t account)
        : counts_{std::move(counts)}, account_{account}
    {
        ++counts_->all;
        ++counts_->of[account_];
    }
    ~Place()
    {
        --counts_->all;
        if (--counts_->of[account_] == 0)
            counts_->of.erase(account_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    std::shared_ptr<Counts> counts_;
    std::int64_t account_;
};

Downloads& Downloads::here()
{
    static Downloads all;
    return all;
}

std::shared_ptr<Downloads::Place> Downloads::begin(const Principal& principal)
{
    const auto own = counts_->of.find(principal.account);
    const bool has_many
        = counts_->all >= most || (own != counts_->of.end() && own->second >= most_of_account);
    if (principal.account != 0 && has_many)
        return nullptr;
    return std::make_shared<Place>(counts_, principal.account);
}

namespace {
struct Rest {
    std::shared_ptr<Downloads::Place> place;
    std::string body;
    std::size_t sent = 0;

    static awaitable<std::string> next(std::shared_ptr<Rest> self)
    {
        constexpr std::size_t piece = 64 * 1024;
        auto text = self->body.substr(self->sent, piece);
        self->sent += text.size();
        co_return text;
    }
};
}

Response download(std::shared_ptr<Downloads::Place> place, std::string content_type,
                  std::string body)
{
    Response response{.status = 200, .content_type = std::move(content_type)};
    response.length = body.size();
    const auto rest = std::make_shared<Rest>(std::move(place), std::move(body));
    response.more = [rest] { return Rest::next(rest); };
    return response;
}

Response too_many_downloads()
{
    auto response = problem(429, "too many downloads",
                            "other downloads are still under way; wait for one of them");
    response.headers["retry-after"] = "10";
    return response;
}
}
