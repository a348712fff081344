#include "password.hpp"

#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace cli {

namespace {

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void note_signal(int number) { caught_signal = number; }

/// The controlling terminal.
class Terminal {
public:
    Terminal() : file_{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)}
    {
        if (file_ < 0)
            throw UsageError{"there is no terminal to ask for the password on",
                             "put the password into the environment's SEALSQL_PASSWORD"};
    }
    Terminal(Terminal const&) = delete;
    Terminal& operator=(Terminal const&) = delete;
    ~Terminal() { ::close(file_); }

    [[nodiscard]] int file() const noexcept { return file_; }

    void write(std::string_view text) const
    {
        if (::write(file_, text.data(), text.size()) < 0)
            throw std::system_error{errno, std::generic_category(), "cannot write to the terminal"};
    }

private:
    int file_;
};

/// While it lives, the terminal does not echo, and a signal that would end or stop the program only
/// interrupts what is being read; it does what it does once the echo is back.
class EchoOff {
public:
    explicit EchoOff(Terminal const& terminal) : terminal_{terminal}
    {
        if (::tcgetattr(terminal_.file(), &saved_) != 0)
            throw std::system_error{errno, std::generic_category(), "cannot ask the terminal"};
        caught_signal = 0;
        struct sigaction action {};
        action.sa_handler = note_signal; // without SA_RESTART, so that read() returns
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &action, &actions_[i]);
        termios silent = saved_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= static_cast<tcflag_t>(ECHONL);
        ::tcsetattr(terminal_.file(), TCSADRAIN, &silent);
    }
    EchoOff(EchoOff const&) = delete;
    EchoOff& operator=(EchoOff const&) = delete;
    ~EchoOff()
    {
        ::tcsetattr(terminal_.file(), TCSADRAIN, &saved_);
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &actions_[i], nullptr);
    }

private:
    static constexpr std::array signals{SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                        SIGTSTP, SIGTTIN, SIGTTOU};

    Terminal const& terminal_;
    termios saved_{};
    std::array<struct sigaction, signals.size()> actions_{};
};

} // namespace

sealsql::Secret ask_password()
{
    Terminal const terminal;
    for (;;) {
        // The kernel hands out a line as a whole, and none that is longer.
        std::string line(4096, '\0');
        ssize_t size = 0;
        int error = 0;
        {
            EchoOff const echo_off{terminal};
            terminal.write("Enter password: ");
            size = ::read(terminal.file(), line.data(), line.size());
            error = errno;
        }
        if (size >= 0) {
            std::string_view const typed{line.data(), static_cast<std::size_t>(size)};
            line.resize(std::min(typed.find('\n'), typed.size()));
            return sealsql::Secret{std::move(line)};
        }
        if (error != EINTR || caught_signal == 0)
            throw std::system_error{error, std::generic_category(), "cannot read the password"};
        terminal.write("\n");
        std::raise(caught_signal); // and if the program is still there, or there again: once more
    }
}

} // namespace cli
