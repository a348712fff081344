// Reads DSNs, each a line of Base64, and prints what Go's driver would use. See mutants.py.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

// What is dialled. The driver leaves it to package net to split it.
func endpoint(config *mysql.Config) (map[string]string, error) {
	if config.Net == "unix" {
		return map[string]string{"socket": config.Addr}, nil
	}
	if config.Net != "tcp" {
		return nil, errors.New("no network of its own")
	}
	host, name, err := net.SplitHostPort(config.Addr)
	if err != nil {
		return nil, err
	}
	port, err := net.LookupPort("tcp", name)
	if err == nil && port == 0 {
		err = errors.New("no port")
	}
	if host == "" {
		host = "localhost"
	}
	return map[string]string{"host": host, "port": strconv.Itoa(port)}, err
}

func answer(text string) map[string]string {
	config, err := mysql.ParseDSN(text)
	var found map[string]string
	if err == nil {
		found, err = endpoint(config)
	}
	if err != nil {
		found = map[string]string{"refused": err.Error()}
	} else {
		found["user"], found["password"], found["database"] = config.User, config.Passwd, config.DBName
	}
	for name, value := range found {
		found[name] = hex.EncodeToString([]byte(value))
	}
	return found
}

func main() {
	// Given to the translation in ours.cpp, too.
	for _, name := range []string{"custom", "Loose", "named", "chain", "a/b"} {
		mysql.RegisterTLSConfig(name, &tls.Config{InsecureSkipVerify: true})
	}
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		text, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		answers.Encode(answer(string(text)))
	}
}
