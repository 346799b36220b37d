#!/bin/bash
# curl reads one connection, so the loop is its user's: curl.sh URL COOKIE
cursor='' retry=2
while :; do
  status='' id='' data='' event=''
  while IFS= read -r line; do
    line=${line%$'\r'}
    case $line in
      HTTP/*) status=${line#* } status=${status%% *} ;;
      retry:*) retry=$((${line#retry: } / 1000)) ;;
      event:*) event=${line#event: } ;;
      data:*) data=${line#data: } ;;
      id:*) id=${line#id: } ;;
      '') # the end of an event: only now does its id count
        [ -z "$data" ] || [ -n "$event" ] || echo "{\"message\": $data, \"id\": \"$id\"}"
        cursor=${id:-$cursor} id='' data='' event=''
        ;;
    esac
  done < <(curl --silent --include --no-buffer --cookie "sessionid=$2" --header "Last-Event-ID: $cursor" "$1")
  if [ -n "$status" ] && [ "$status" != 200 ]; then
    echo "{\"refused\": $status}"
    exit
  fi
  sleep "$retry"
done
