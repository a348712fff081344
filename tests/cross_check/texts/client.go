// Runs DSNs of Go's driver, one by one: each is a line of Base64 on standard input. tls=custom trusts the CA of the first
// argument. See texts.py.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io/ioutil"
	"log"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
)

func answer(dsn string) string {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return "failed " + err.Error()
	}
	defer db.Close()
	var name, cipher string
	if err := db.QueryRow("SHOW STATUS LIKE 'Ssl_cipher'").Scan(&name, &cipher); err != nil {
		return "failed " + err.Error()
	}
	return "connected " + cipher
}

func main() {
	pem, err := ioutil.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		log.Fatal("no certificate in ", os.Args[1])
	}
	mysql.RegisterTLSConfig("custom", &tls.Config{RootCAs: pool})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		dsn, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("=" + strings.ReplaceAll(answer(string(dsn)), "\n", " "))
	}
}
