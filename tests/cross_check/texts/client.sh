#!/bin/sh
# Runs command lines, one by one: each is a line of Base64 on standard input; the question goes to its own standard input. With
# arguments the lines are option files, which the program that they name is to read. See texts.py.
while read -r line; do
  text=$(printf '%s' "$line" | base64 -d)
  if [ $# -gt 0 ]; then
    printf '%s\n' "$text" >"$OPTION_FILE"
    text="$* --defaults-file='$OPTION_FILE'"
  fi
  said=$(echo "SHOW STATUS LIKE 'Ssl_cipher'" | sh -c "$text" 2>&1 | tr '\n' ' ')
  case $said in
    *Ssl_cipher*) echo "=connected $(echo "$said" | sed 's/.*Ssl_cipher[[:space:]]*//')" ;;
    *) echo "=failed $said" ;;
  esac
done
