package page

// command are the formats of cmd/gigabatch that are worded otherwise on the page.
var command = map[string]Wording{
	// hint.go
	"choose one with --model":    {"choose one under “Model”", "выберите одну из них в поле «Модель»"},
	"the same command continues": {"choose “Continue”", "нажмите «Продолжить»"},
	"put the authorization key of your project (developers.sber.ru/studio) into a file .env in this folder as GIGACHAT_CREDENTIALS=…, " +
		"or keep it in the keyring with gigabatch login; without an account, try --sandbox": {
		"choose “Enter a key” and paste the authorization key of your project (developers.sber.ru/studio); or put it as GIGACHAT_CREDENTIALS=… into the " +
			"file .env in the folder where the server was started; no restart is necessary",
		"нажмите «Ввести ключ» и вставьте ключ авторизации своего проекта (developers.sber.ru/studio); или запишите его в файл .env в папке, где запущен " +
			"сервер: GIGACHAT_CREDENTIALS=…; перезапуск не нужен",
	},
	"this folder has a file .env.txt; rename it to .env": {
		"the working folder has a file .env.txt; rename it to .env",
		"в рабочей папке есть файл .env.txt; переименуйте его в .env",
	},
	"wait for it, or stop it with Ctrl-C there; the same command then continues": {
		"wait for it, or stop it where it was started; then choose “Continue”",
		"дождитесь его конца или остановите его там, где он запущен; затем нажмите «Продолжить»",
	},
	"put the journal on a local disk with --journal FILE": {
		"move the table to a folder on a local disk",
		"перенесите таблицу в папку на локальном диске",
	},
	"name another file with --journal; this one was not changed": {
		"rename this file or the table; the file was not changed",
		"переименуйте этот файл или таблицу; файл не изменён",
	},
	"use the newer gigabatch that wrote it, or another --journal": {
		"use the newer version that wrote it",
		"возьмите более новую версию, которой он записан",
	},
	"the same command continues, and asks again for what was overwritten": {
		"choose “Continue”; what was overwritten is asked again", "нажмите «Продолжить»; то, что было затёрто, будет запрошено заново",
	},
	"free some space or repair the disk; every answer recorded so far is safe, and the same command continues": {
		"free some space or repair the disk, then choose “Continue”; every answer recorded so far is safe",
		"освободите место или исправьте диск, затем нажмите «Продолжить»; все записанные ответы целы",
	},
	"set GIGACHAT_SCOPE or --scope to the key's own: GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP": {
		"enter the key again and leave the scope to be found; or set GIGACHAT_SCOPE in .env to the key's own (GIGACHAT_API_PERS, GIGACHAT_API_B2B or " +
			"GIGACHAT_API_CORP) and restart gigabatch",
		"введите ключ ещё раз, не выбирая scope: он найдётся сам; или укажите в .env значение GIGACHAT_SCOPE, для которого выдан ключ (GIGACHAT_API_PERS, " +
			"GIGACHAT_API_B2B или GIGACHAT_API_CORP), и перезапустите gigabatch",
	},
	"an access token cannot be refreshed; give a new one, or the authorization key instead": {
		"an access token cannot be refreshed; put a new one, or the authorization key instead, into .env and restart gigabatch",
		"токен доступа нельзя обновить; запишите в .env новый, а лучше ключ авторизации, и перезапустите gigabatch",
	},
	"check the key and its scope with gigabatch doctor": {"check the key and its scope", "проверьте ключ и его scope"},
	"buy more tokens, or choose another --model": {
		"buy more tokens, or choose another “Model”",
		"купите ещё токены или выберите другую модель в поле «Модель»",
	},
	"gigabatch models lists the models of this key; check --base-url, too": {
		"choose another “Model”, and check the address of the service",
		"выберите другую модель в поле «Модель» и проверьте адрес сервиса",
	},
	"if your network inspects TLS, name its root certificate with --ca-file or GIGACHAT_CA_BUNDLE_FILE": {
		"if your network inspects TLS, name its root certificate in .env as GIGACHAT_CA_BUNDLE_FILE=… and restart gigabatch",
		"если ваша сеть проверяет трафик TLS, укажите её корневой сертификат в .env: GIGACHAT_CA_BUNDLE_FILE=… — и перезапустите gigabatch",
	},
	"the Russian Trusted Root CA is trusted for Sber's hosts only; check --base-url, or name the root with --ca-file": {
		"the Russian Trusted Root CA is trusted for Sber's hosts only; check the address of the service",
		"сертификату Russian Trusted Root CA программа доверяет только для узлов Сбера; проверьте адрес сервиса",
	},
	"check the host in --base-url and --auth-url": {"check the addresses of the service", "проверьте адреса сервиса"},
	"the server requires a client certificate: --client-cert and --client-key": {
		"the server requires a client certificate: set GIGACHAT_CERT_FILE and GIGACHAT_KEY_FILE and restart gigabatch",
		"сервер требует клиентский сертификат: задайте GIGACHAT_CERT_FILE и GIGACHAT_KEY_FILE и перезапустите gigabatch",
	},
	"check --base-url and the network": {"check the address of the service and the network", "проверьте адрес сервиса и подключение к сети"},
	"set GIGACHAT_BASE_URL=%s in the environment or in .env": {
		"set GIGACHAT_BASE_URL=%s in .env and restart gigabatch", "задайте GIGACHAT_BASE_URL=%s в файле .env и перезапустите gigabatch",
	},
	"gigabatch needs TLS 1.2; a proxy in between may be too old, so ask for a way around it, or check --base-url": {
		"TLS 1.2 is needed; a proxy in between may be too old, so ask for a way around it, or check the address of the service",
		"нужна версия TLS 1.2; возможно, её не знает старый прокси-сервер: попросите пропустить соединение мимо него или проверьте адрес сервиса",
	},
	"create a new API key in the console of Cloud.ru, and set GIGACHAT_API_KEY to it": {
		"create a new API key in the console of Cloud.ru, and enter it with “Enter a key”",
		"создайте новый API-ключ в консоли Cloud.ru и введите его: «Ввести ключ»",
	},
	"fix the cause, then ask these rows again with --retry-failed; --keep-going goes on regardless": {
		"fix the cause, then choose “Retry failed”; “Continue” goes on with the other rows regardless",
		"устраните причину и нажмите «Повторить строки с ошибкой»; «Продолжить» отправит остальные строки, несмотря на ошибки",
	},
	"open any web page in a browser and log in to the network; if there is nothing to log in to, check HTTPS_PROXY and --base-url": {
		"open any other web page and log in to the network; if there is nothing to log in to, check HTTPS_PROXY and the address of the service",
		"откройте в браузере любую другую страницу и войдите в сеть; если входить не нужно, проверьте HTTPS_PROXY и адрес сервиса",
	},
	"%s; the same command then continues, and --keep-going goes on regardless": {
		"%s; then choose “Continue”", "%s, затем нажмите «Продолжить»",
	},
	"companies that pay as they go (GIGACHAT_API_CORP) have batches; without --via, or with --via auto, the rows are asked live": {
		"companies that pay as they go (GIGACHAT_API_CORP) have batches; choose “Change and run again”, and ask at once",
		"пакеты заданий есть у компаний с оплатой по факту (GIGACHAT_API_CORP); нажмите «Изменить и запустить снова» и отправьте строки сразу",
	},
	"GIGABATCH_KEY_COMMAND in .env is not run: a file of the folder runs no commands; set it in the environment, or use --key-command": {
		"GIGABATCH_KEY_COMMAND in .env is not run: a file of the folder runs no commands; set it in the environment and restart the server",
		"GIGABATCH_KEY_COMMAND в .env не выполняется: файл из папки не запускает команд; задайте переменную в окружении и перезапустите сервер",
	},
	"put the key into a file .env that only you can read, or name its file with --key-file, or the command of a password manager with --key-command; " +
		"a service or a CI job passes GIGACHAT_CREDENTIALS": {"keep the key in the file .env, or only until the server ends", "сохраните ключ в файле .env или только до остановки сервера"},
	"gigabatch login replaces it, gigabatch logout deletes it": {"enter the key again and keep it in the keyring", "введите ключ ещё раз и сохраните его в хранилище"},
	"nothing is unusual about this request, so check --base-url, or report the answer to the service with the request id": {
		"check the address of the service, or report the answer to the service with the request id",
		"проверьте адрес сервиса или сообщите о его ответе в поддержку, указав идентификатор запроса",
	},
	"choose one as the model of the column %q in the job file": {"choose another model for the column %q", "выберите другую модель для столбца %q"},
	"if you trust this host with it, add --trust-host %s": {
		"if you trust this host with it, restart the server and name the host %s as trusted", "если вы доверяете этому узлу, перезапустите сервер и назовите узел %s доверенным",
	},
}
